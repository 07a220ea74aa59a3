// The curves of one drive: panes over one axis of time, with a shared cursor. All of uPlot is behind `pane` here.
/* global uPlot */
const panes = document.getElementById("panes");
if (panes) start();

function start() {
  const marks = JSON.parse(document.getElementById("events").textContent);
  const chips = [...document.querySelectorAll("[data-parameter]")];
  const at = document.getElementById("at");
  const sync = uPlot.sync("drive");
  const state = { plots: new Map(), all: null, view: null, asked: 0 };
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const chosen = () => chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.parameter);

  const clock = (seconds) => {
    const whole = Math.max(0, Math.round(seconds));
    const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
    return (parts[0] === "00" ? parts.slice(1) : parts).join(":");
  };

  const draw = (plot, parameter) => {
    const { ctx, bbox } = plot;
    ctx.save();
    for (const mark of marks.filter((each) => each.kind !== "connection" && (each.parameter === parameter || each.kind === "trouble_code"))) {
      const from = plot.valToPos(Math.max(mark.from, plot.scales.x.min), "x", true);
      const to = plot.valToPos(Math.min(mark.to, plot.scales.x.max), "x", true);
      if (mark.to < plot.scales.x.min || mark.from > plot.scales.x.max) continue;
      ctx.fillStyle = ctx.strokeStyle = style(mark.kind === "trouble_code" ? "--alert" : "--warning");
      ctx.globalAlpha = mark.kind === "trouble_code" ? 1 : 0.22;
      ctx.fillRect(from, bbox.top, Math.max(to - from, 2), bbox.height);
    }
    ctx.restore();
  };

  const pane = (line) => {
    const section = document.createElement("section");
    section.className = "pane";
    const heading = document.createElement("h3");
    const value = document.createElement("span");
    heading.append(line.name, value);
    section.append(heading);
    panes.append(section);
    const axis = { stroke: style("--quiet"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line") } };
    const plot = new uPlot(
      {
        width: panes.clientWidth,
        height: 150,
        legend: { show: false },
        cursor: { sync: { key: sync.key }, drag: { x: true, y: false, setScale: false }, y: false },
        scales: { x: { time: false } },
        series: [{}, { stroke: style("--accent"), width: 1.5, points: { show: false } }],
        axes: [{ ...axis, values: (_plot, splits) => splits.map(clock) }, { ...axis, size: 56 }],
        hooks: {
          drawClear: [(drawn) => draw(drawn, line.parameter)],
          setSelect: [(drawn) => drawn.select.width > 4 && show(drawn.posToVal(drawn.select.left, "x"), drawn.posToVal(drawn.select.left + drawn.select.width, "x"))],
          setCursor: [(drawn) => {
            const place = drawn.cursor.idx;
            const read = place == null ? null : drawn.data[1][place];
            value.textContent = read == null ? line.unit : `${read} ${line.unit}`;
            if (place != null) at.textContent = clock(drawn.data[0][place]);
          }],
        },
      },
      [line.seconds, line.values],
      section,
    );
    value.textContent = line.unit;
    return { plot, section };
  };

  const load = async () => {
    const turn = ++state.asked;
    const names = chosen();
    const address = new URL(panes.dataset.series, location.href);
    names.forEach((name) => address.searchParams.append("parameter", name));
    if (state.view) {
      address.searchParams.set("from", Math.max(0, state.view[0]));
      address.searchParams.set("to", Math.max(0, state.view[1]));
    }
    let lines = [];
    try {
      const answer = names.length ? await fetch(address, { credentials: "same-origin" }) : null;
      if (answer?.redirected || answer?.status === 401) return location.reload();
      if (answer && !answer.ok) throw new Error(answer.status);
      lines = answer ? (await answer.json()).lines : [];
    } catch {
      at.textContent = "The curves could not be fetched; try again.";
      return undefined;
    }
    if (turn !== state.asked) return undefined;
    state.plots.forEach(({ plot, section }) => { plot.destroy(); section.remove(); });
    state.plots.clear();
    if (!state.view && lines.length) {
      const known = lines.filter((line) => line.seconds.length);
      state.all = [Math.min(...known.map((line) => line.seconds[0])), Math.max(...known.map((line) => line.seconds.at(-1)))];
    }
    const view = state.view ?? state.all;
    for (const name of names) {
      const line = lines.find((each) => each.parameter === name);
      if (!line) continue;
      const drawn = pane(line);
      if (view && view[1] > view[0]) drawn.plot.setScale("x", { min: view[0], max: view[1] });
      state.plots.set(name, drawn);
    }
    panes.dataset.view = view ? view.map((edge) => edge.toFixed(1)).join(" ") : "";
    panes.dataset.drawn = String(state.plots.size);
    return undefined;
  };

  const show = (from, to) => {
    const [first, last] = state.all ?? [from, to];
    const wide = Math.min(Math.max(to - from, 5), last - first);
    const begin = Math.min(Math.max(from, first), last - wide);
    state.view = wide >= last - first ? null : [begin, begin + wide];
    return load();
  };

  const zoom = (factor, shift = 0) => {
    const [from, to] = state.view ?? state.all ?? [0, 0];
    const middle = (from + to) / 2 + shift * (to - from);
    return show(middle - ((to - from) * factor) / 2, middle + ((to - from) * factor) / 2);
  };

  chips.forEach((chip) => chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    load();
  }));
  document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
    if (button.dataset.zoom === "all") { state.view = null; load(); } else zoom(button.dataset.zoom === "in" ? 0.5 : 2);
  }));
  panes.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [1, -0.25], ArrowRight: [1, 0.25], "+": [0.5, 0], "-": [2, 0] };
    if (moves[event.key]) { event.preventDefault(); zoom(...moves[event.key]); }
    if (event.key === "Escape" || event.key === "0") { state.view = null; load(); }
  });
  document.querySelectorAll("[data-show]").forEach((link) => link.addEventListener("click", () => {
    const chip = chips.find((each) => each.dataset.parameter === link.dataset.show);
    if (chip) chip.setAttribute("aria-pressed", "true");
    const [from, to] = [Number(link.dataset.from), Number(link.dataset.to)];
    const around = Math.max((to - from) * 0.5, 30);
    show(from - around, to + around);
  }));

  const pinch = new Map();
  panes.addEventListener("pointerdown", (event) => event.pointerType === "touch" && pinch.set(event.pointerId, event.clientX));
  panes.addEventListener("pointermove", (event) => {
    if (!pinch.has(event.pointerId) || pinch.size !== 2) return;
    const before = Math.abs([...pinch.values()][0] - [...pinch.values()][1]);
    pinch.set(event.pointerId, event.clientX);
    const after = Math.abs([...pinch.values()][0] - [...pinch.values()][1]);
    if (Math.abs(after - before) > 24) zoom(after > before ? 0.7 : 1.4);
  });
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, (event) => pinch.delete(event.pointerId));

  let resizing;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => state.plots.forEach(({ plot }) => plot.setSize({ width: panes.clientWidth, height: 150 })), 100);
  });
  load();
}
