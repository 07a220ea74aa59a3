"""The words a clause with a number in it may be made of; each is harmless there, or its meaning is checked."""

_GRAMMAR = """
    a an the this that these it its of on in at to from for by with and or as is are was were be been being has have
    had having while where which so since because due during between against than then there here also only just
    about around approximately roughly some more less greater fewer over under above below beyond beneath outside
    within inside now already toward towards thus hence therefore owing given their our what
"""
_TELLING = """
    shows show showed shown showing indicates indicate indicated indicating suggests suggest suggested suggesting
    recorded measured seen observed noted found reported registered displayed logged detected read reads reading
    readings raised evidence finding anomaly trend trends trending trended statistic correlation correlate
    correlates correlated correlating coefficient drive trip journey car vehicle engine owner data sample sampled
    recording value values level levels rows rule alert alerts watch investigate warning stop severity grade graded
    points point got get gets received scored score scores earned lasted lasts lasting took covers covered including
    utc known earlier previous prior past recent last means meaning signal parameter result results condition
    conditions operation positive positively negative negatively inverse inversely strong strongly direction closed
    loop warm lamp stored trouble codes
"""
_MEASURED = """
    average averages averaged averaging mean peak peaks peaked peaking maximum max minimum min lowest highest usual
    usually normal normally typical typically expected historical historically history baseline limit limits
    threshold range ranges ranged ranging varied varies vary swing swings swung spread standard deviation deviations
    deviated deviates deviating distance away change changes changed drift drifts drifted drifting difference excess
    ambient duration reached reaches reaching hit hits hitting exceed exceeds exceeded exceeding came comes went
    goes going gone rose rise rises risen rising climb climbs climbed climbing increase increases increased
    increasing fell fall falls fallen falling drop drops dropped dropping decrease decreases decreased decreasing
    decline declines declined declining dip dips dipped dipping sank sink sinks sagged sag sags sagging crept
    creeping spiked jumped soared plunged plummeted upward upwards downward downwards up down stayed stays remained
    ran running runs sat stood lies lay high higher low lower hot hotter warmer cold colder cooler elevated reduced
    too lean leaner rich richer overheat overheats overheated overheating undercharged undercharging overcharged
    overcharging compared comparison versus vs instead allowed upper well slightly clearly significantly notably
    considerably noticeably steady pulled back starting beginning ending until total minus most least shifted shifts
    shift moved move moves opposite directions extremes crossed crosses crossing departs departed surged
"""
_ADVICE = """
    check checks checked checking inspect inspected inspecting inspection test tests tested testing replace replaced
    replacing clean cleaned cleaning monitor monitored monitoring verify verified verifying review reviewed
    reviewing look looks looked looking investigated investigating investigation consider considered considering
    examine examined diagnose diagnosed diagnosis watched watching see service serviced servicing repair repaired
    recommend recommended recommendation recommends need needed needs schedule ensure measure confirm tighten
    tightened closely carefully soon promptly possible possibly potential potentially likely cause causing issue
    issues problem problems sign signs hint hints pointing attention note recheck followed use using bleed flush
    secure loose worn weak dirty clogged stuck leaking leaky leak leaks damaged damage failing faulty failed failure
    wear corrosion corroded blocked restricted restriction contamination contaminated add adds adding compensate
    compensates compensating unmetered bad poor old aged aging severe serious significant critical unusual abnormal
    strange sudden persistent driving important urgent urgently immediately please make sure whether determine
    identify find locate address fix fixed fixing swap swapped install top refill refilled replenish drained
    pressure visual visually thorough thoroughly properly function functioning functions work working works behavior
    behaviour performance efficiency quality concern concerning suspect suspected suspicious underlying root further
    additional especially particularly mainly malfunction malfunctioning defect defective degraded degrading
    degradation deterioration insufficient excessive sustained brief briefly mechanic workshop garage technician
    professional
"""
_PARTS = """
    coolant cooling system systems radiator thermostat fan fans water pump pumps hose hoses clamp clamps cap tank
    reservoir battery alternator charging charge belt belts terminal terminals ground grounds grounding cable cables
    connection connections connector connectors wire wires wiring harness fuse fuses relay relays sensor sensors air
    pockets intake filter filters box duct ducts ducting intercooler manifold gasket gaskets vacuum line lines
    throttle body fuel injector injectors regulator rail trim trims oxygen spark plug plugs coil coils ignition
    timing crankshaft camshaft position exhaust valve valves egr pcv maf iat ltft stft ecu heat shield shielding
    soak temperature temperatures voltage voltages speed load flow airflow electrical circuit output input supply
    fluid seal seals mount mounts mixture blockage blockages buildup sludge rust strap straps lead leads brush
    brushes tension tensioner pulley pulleys bearing bearings bolt bolts nut nuts boot boots elbow snorkel airbox
    resonator turbocharger piping couplers coupler core cores blade blades shroud motor switch switches controller
    module electronics gap gaps element elements premium gasoline posts drivetrain underhood hood bay compartment
    condenser grille hardware fins dirt dust debris long short term eclipse mitsubishi gst iso obd ii part parts
    component components idle idles idling misfire misfires contact contacts tract tube tubes pipe pipes housing
"""

VOCABULARY = frozenset(f"{_GRAMMAR}{_TELLING}{_MEASURED}{_ADVICE}{_PARTS}".split())
