"""What no recommendation may speak of: what this car cannot measure, tuning, orders to machines, false comfort."""

import re

from obd2_analyzer.advice.reasons import Reason

_ALLOWED_CHARACTERS = re.compile(r"[A-Za-z0-9 .,;:!?()'\"%+\-/#&=~<>_°σ±−–—’“”‘…é≥≤]*")  # noqa: RUF001 - as models write

_UNMEASURED = r"""
    \bAFRs?\b | air[\s/-]*(?:to[\s-]*)?fuel | fuel[\s/-]*(?:to[\s-]*)?air\s+ratio | \blambda\b | stoichiometr\w*
    | wide[\s-]?bands? | \bboost\w* | over-?boost\w* | \bwaste-?gates?\b | blow-?off\s+valve | \bBOV\b
    | knock[\s-]*(?:counts?|counter|sum|sensors?|events?|values?|levels?|readings?|retard)\b
    | (?<!check\sfor\s)(?<!listen\sfor\s)\bknock\w*
    | \bdetonat\w* | \bEGTs?\b | exhaust\s+(?:gas\s+)?temperatures? | oil\s+(?:pressure|temperature) | \boil\s+temp\b
    | manifold\s+pressure | fuel\s+pressure\s+(?:was|is|of|reading|averaged|fell|rose|dropped)
    | injector\s+duty | \bduty\s+cycle | cylinder\s+(?:pressure|head\s+temperature) | compression\s+(?:was|is|ratio)
    | \bA\s?[./]\s?F\b | \bA\s?F\s+ratios? | \bratio\s+of\s+(?:the\s+)?(?:air|fuel)\b | \bmixture\s+(?:ratio|strength)s?
    | \b(?:turbo(?:charger)?|charg(?:e|ing)|intake)\s+(?:air\s+)?pressure | \bover-?pressure\b
    | (?<!\d)(?<!\d\s)\bpsi\b
    | \bping(?:s|ed|ing)?\b | \bpink(?:s|ed|ing)\b | \bpre-?ignition\b | \bauto-?ignit\w*
    | \babnormal\s+combustion\b | \bUEGO\b | \bbroad-?band\b
    | \b(?:oil|transmission|gearbox|brakes?|exhaust(?:\s+gas(?:es)?)?|cylinders?|turbo(?:charger)?|fuel\s+pressure
      |catalysts?)
      (?:\s+temperature)?\s+(?:was|were|is|are|got|gets|ran|runs|peaked|reached|hit|averaged|rose|fell|dropped|exceeded)\b
    | \b(?:battery|motor|head|cylinder|turbo\w*|radiator|thermostat|fan|pump|cabin|catalyst|fuel|alternator|hose
      |brakes?)
      \s+temperatures?\b
    | \bt(?:y|i)res?\s+pressure | turbine\s+speed | transmission\s+temperature | \bethanol\b | \bE85\b
"""
_TUNING = r"""
    \b(?:re-?)?(?:map|maps|mapped|mapping)\b | \b(?:fuel|timing|ignition|spark|VE|boost)\s+(?:tables?|curves?|maps?)\b
    | \b(?:re-?)?tun(?:e|es|ed|er|ers|ing)\b | \b(?:re-?)?flash(?:ed|ing)?\b | \bECM\s?Link\b | \bchip(?:s|ped|ping)?\b
    | \b(?:advance|retard|increase|raise|reduce|change|adjust|lower|set)\s+(?:the\s+)?(?:base\s+|ignition\s+|spark\s+)?
      (?:timing|idle(?:\s+speed)?)\b
    | \b(?:enrich|lean\s+out)\b | \btarget\s+(?:ratio|mixture)\b | \blaunch\s+control\b | \bnitrous\b | \bmethanol\b
    | \boctane\s+booster\b | \bhorse-?power\b | \bdyno\b | \bmore\s+power\b | \bpower\s+gains?\b | \bpiggy-?back\b
    | \b(?:larger|bigger|upgrade[ds]?)\s+(?:the\s+)?(?:turbo\w*|injectors?|intercooler|fuel\s+pump|ECU)\b
    | \bre-?program\w* | \bcalibrat\w+\s+(?:the\s+)?(?:ECU|ECM|engine)\b | \baftermarket\b | \bstand-?alone\b | \bEBC\b
    | \bturn(?:ed|ing)?\s+(?:up|down)\s+the\s+turbo\w*
    | \brich(?:er)?\s+(?:mixture|map|target)\b | \blean(?:er)?\s+(?:target|map)\b
    | \b(?:fit|install|add|buy)(?:t?ing)?\s+(?:an?\s+|the\s+)?(?:\w+\s+)?(?:intercooler|turbo\w*|injectors|controller)\b
    | \b(?:raise|lower|increase|reduce|adjust|set|change)\s+(?:the\s+)?(?:base\s+)?fuel\s+pressure\b
    | \b(?:pull|add|remove|give|adjust|take\s+out)\s+(?:some\s+|more\s+|less\s+|the\s+)?
      (?:base\s+|ignition\s+|spark\s+)?(?:timing|advance|ignition)\b
    | \b(?:advance|retard)\s+the\s+(?:ignition|spark|timing)\b
    | \b(?:ECU|ECM|engine)\s+calibrations?\b | \b(?:more|less)\s+(?:timing|advance)\b
    | \bset-?points?\b | \brev\s+limit\w*\b
"""
_INSTRUCTION = r"""
    (?<!not\s)(?<!n't\s)(?<!never\s)\bignore\b | \bfrom\s+now\s+on\b
    | \b(?:answer|say|write)\s+(?:only|in|that|with)\b
    | \badmin\w*\b | \bmark\s+(?:this|it|them)\s+as\b | \bdelete\b | \bturn\s+off\s+the\s+(?:alarm|alert|warning)s?\b
    | \btell\s+(?:the|your|them|him|her)\b | \b(?:disregard|forget|override|bypass|send|execute)\b
    | \byou\s+are\b | \bkeys?\b
    | \b(?:previous|prior|above|earlier|system)\s+(?:instruction|prompt|message)s?
    | \binstructions?\b | \bprompts?\b | \bassistant\b | \blanguage\s+model\b | \bas\s+an\s+AI\b
    | \bjail-?break\w* | \bpasswords?\b | \btokens?\b | \bsecrets?\b | \bcredentials?\b
    | https?: | \bwww\. | \b[\w-]+\.(?:com|net|org|io|dev|sh|exe)\b | \b(?:curl|wget|sudo|rm|bash|powershell)\b
    | \b(?:drop|delete|truncate|alter)\s+(?:table|database|from)\b | \bselect\s.*\bfrom\b | <\s*/?\s*\w+\s*> | ;\s*--
    | \bclick\b | \bdownload\b | \be-?mail\b | \bsubscribe\b | \b(?:respond|reply)\s+with\b | \boutput\s+the\b
    | \brole-?play\b | \bpretend\b | \bdeveloper\s+mode\b
"""
_COMFORT = r"""
    \b(?:safe|fine|ok|okay)\s+to\s+(?:drive|keep|continue|ignore|race) | \bno\s+(?:action|attention|repair|check)s?\s+
      (?:is\s+|are\s+)?(?:needed|required|necessary) | \b(?:can|may|could)\s+(?:safely\s+)?be\s+(?:ignored|neglected)
    | \bnothing\s+(?:to\s+(?:worry|do|fear)|(?:needs?|has)\s+to)
    | \bno\s+(?:cause\s+for\s+)?(?:concerns?|worr(?:y|ies)|issues?)\b
    | \b(?:do(?:es)?\s+not|do(?:es)?n['\u2019]t)\s+(?:need|require)\b | \b(?:needs?|requires?)\s+no\b
    | \b(?:is|are)\s+harmless\b | \bkeep\s+driving\b | \bdrive\s+on\s+as\b | \bno\s+(?:danger|
      risk|problem)\b | \bdisable\b | \bclear\s+the\s+codes?\s+and\b | \bunplug\b
    | \ball\s+(?:is|was)\s+(?:well|good|fine)\b | \bcarry\s+on\b | \bdrive\s+home\b | \bdismiss\b
    | \bopen(?:ing)?\s+the\s+radiator\s+cap\b | \bremov(?:e|ing)\s+the\s+thermostat\b
"""
_VAGUE = r"""
    \b(?:doubl(?:e|ed|es|ing)|tripl(?:e|ed|es|ing)|quadrupl\w+|twice|thrice|halv(?:e|ed|es|ing)|half|dozens?|hundreds|
      thousands|millions?|billions?|\w+fold|three-quarters|two-thirds|one-third|a\s+quarter\s+of)\b
    | \b(?:third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b | \b(?:several|many|countless)\s+times\b
    | \b(?:daily|weekly|monthly|yearly|hourly)\b
    | \b(?:for|in|within)\s+(?:seconds|minutes|hours|days|weeks|months|years)\b
    | \bfortnights?\b | \bdecades?\b | \bmost\s+(?:drives|trips|days|of\s+the)\b
    | \b(?:an?|one|two)\s+(?:lit(?:er|re)s?|quarts?|gallons?|ounces?|grams?|cups?|turns?|times)\b
    | \b(?:previous|prior|last|earlier|another|other)\s+(?:drive|trip)\b
    | \b(?:yesterday|today|tonight|tomorrow|noon|midnight)\b
    | \b(?:last|this|next)\s+(?:week|month|year|morning|evening)\b | \b(?:over|during|in|within)\s+the\s+next\b
    | \bper\s+(?:drive|trip|day|week|month|year)\b | \d[^.;]{0,20}\b(?:each|every)\s+(?:drive|trip|day|time)\b
    | \bevery\s+\d | \bever\b | \brecord\s+(?:high|low)s?\b | \b(?:new|on)\s+record\b | \bunlike\b
    | \b(?:two|three|four|five)[\s-]+(?:thirds?|quarters?|fifths?|tenths?)\b | \b(?:a|one)[\s-]+quarter\b
    | \b(?:tenths|thirds|fifths|quarters)\b | \b(?:a\s+)?(?:couple|pair)\s+of\b | \brepeatedly\b
    | \bagain\s+and\s+again\b | \bthroughout\b | \ball\s+the\s+time\b | \b(?:whole|entire)\s+(?:drive|trip|time)\b
    | \b(?:two|a\s+few|few|several|many)\s+(?:occasions|episodes|findings|faults|alerts|peaks|spikes|events|times)\b
    | \bwill\s+(?:rise|fall|increase|decrease|drop|climb|reach|exceed|be)\b
    | \b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b
    | \b(?:January|February|April|June|July|August|September|October|November|December)\b
"""


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


_PATTERNS = tuple(
    (reason, _compiled(pattern))
    for reason, pattern in (
        (Reason.INSTRUCTION, _INSTRUCTION),
        (Reason.FORBIDDEN_TOPIC, _UNMEASURED),
        (Reason.TUNING, _TUNING),
        (Reason.FALSE_COMFORT, _COMFORT),
        (Reason.VAGUE_NUMBER, _VAGUE),
    )
)


_SPELT = re.compile(r"\b(?:[A-Za-z][\s.\-_]){3,}[A-Za-z]\b")
"""Letters one by one, a way round every list of words."""


def forbidden(text: str) -> tuple[Reason, str] | None:
    """Return the reason why a text may not be told and the words that are it, or None."""
    odd = _ALLOWED_CHARACTERS.match(text)
    if odd is None or odd.end() != len(text):
        position = 0 if odd is None else odd.end()
        return Reason.CHARACTERS, f"U+{ord(text[position]):04X}"
    spelt = _SPELT.search(text)
    if spelt is not None:
        return Reason.CHARACTERS, spelt.group()
    for reason, pattern in _PATTERNS:
        found = pattern.search(text)
        if found is not None:
            return reason, found.group().strip()
    return None
