// Curves of one drive, or of several over each other: panes over one axis of time, with a shared cursor.
/* global uPlot */
const panes = document.getElementById("panes");
if (panes) start();

function start() {
  const HEIGHT = 140;
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const chips = [...document.querySelectorAll("[data-parameter]")];
  const at = document.getElementById("at");
  const state = { plots: [], all: null, view: null, asked: 0 };
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colours = ["--accent", "--side1", "--side2", "--side3"];
  const isPressed = (chip) => chip.getAttribute("aria-pressed") === "true";
  const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", timeZone: panes.dataset.zone });

  const clock = (seconds) => {
    const whole = Math.abs(Math.round(seconds));
    const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
    return (Math.round(seconds) < 0 ? "−" : "") + (parts[0] === "00" ? parts.slice(1) : parts).join(":");
  };

  // Behind the lines: what lies beyond a limit, findings of this parameter, and codes and alerts where they came.
  const drawBehind = (plot, parameter) => {
    const { ctx, bbox, scales } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const limit of facts.limits[parameter] ?? []) {
      const level = plot.valToPos(limit.value, "y", true);
      const edge = limit.side === "above" ? bbox.top : bbox.top + bbox.height;
      ctx.fillStyle = ctx.strokeStyle = style("--warning");
      ctx.globalAlpha = 0.12;
      ctx.fillRect(bbox.left, Math.min(level, edge), bbox.width, Math.abs(edge - level));
      ctx.globalAlpha = 1;
      ctx.setLineDash([6, 4]);
      ctx.strokeRect(bbox.left - 5, Math.min(level, edge) - (limit.side === "above" ? 9 : 0), bbox.width + 10, Math.abs(edge - level) + 9);
      ctx.setLineDash([]);
    }
    for (const mark of facts.marks) {
      const isEverywhere = mark.kind === "trouble_code";
      if (!isEverywhere && mark.parameter !== parameter) continue;
      if (mark.to < scales.x.min || mark.from > scales.x.max) continue;
      const from = plot.valToPos(Math.max(mark.from, scales.x.min), "x", true);
      const to = plot.valToPos(Math.min(mark.to, scales.x.max), "x", true);
      ctx.fillStyle = style(isEverywhere ? "--alert" : "--warning");
      ctx.globalAlpha = mark.kind === "finding" ? 0.22 : 1;
      ctx.fillRect(from, bbox.top, Math.max(to - from, 2), bbox.height);
    }
    ctx.restore();
  };

  // Before the lines of the first pane: the names of codes, on paper of their own.
  const drawNames = ({ ctx, bbox, scales, valToPos }) => {
    const size = 12 * devicePixelRatio;
    ctx.save();
    ctx.font = `600 ${size}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    facts.marks
      .filter((mark) => mark.kind === "trouble_code" && mark.from >= scales.x.min && mark.from <= scales.x.max)
      .forEach((mark, row) => {
        const wide = ctx.measureText(mark.text).width + size;
        const place = Math.min(valToPos(mark.from, "x", true), bbox.left + bbox.width - wide);
        const top = bbox.top + bbox.height - (row + 1) * size * 1.6;
        ctx.fillStyle = style("--alert-paper");
        ctx.fillRect(place, top, wide, size * 1.5);
        ctx.fillStyle = style("--alert");
        ctx.fillText(mark.text, place + size / 2, top + size * 0.25);
      });
    ctx.restore();
  };

  const pane = (lines, isFirst) => {
    const [{ parameter, name, unit }] = lines;
    const section = document.createElement("section");
    section.className = "pane";
    const heading = document.createElement("h3");
    const values = document.createElement("span");
    const texts = lines.map((line, place) => {
      const text = document.createElement("span");
      text.className = lines.length > 1 ? `side${line.side}` : "";
      text.textContent = place ? "" : unit;
      values.append(text);
      return text;
    });
    heading.append(name, values);
    section.append(heading);
    panes.append(section);
    const axis = { stroke: style("--quiet"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line") } };
    // Where one line has a sample and another has none, the other goes on; its own gaps stay gaps.
    const data = uPlot.join(lines.map((line) => [line.seconds, line.values]), lines.map(() => [1, 1]));
    const plot = new uPlot(
      {
        width: panes.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: {
          sync: { key: "curves", filters: { pub: (kind) => kind === "mousemove" || kind === "mouseleave" } },
          drag: { x: true, y: false, setScale: false },
          y: false,
        },
        scales: { x: { time: false }, y: { range: (_plot, low, high) => (low === high ? [low - 1, low + 1] : uPlot.rangeNum(low, high, 0.1, true)) } },
        series: [{}, ...lines.map((line) => ({ stroke: style(colours[line.side]), width: 1.5, points: { show: false } }))],
        axes: [{ ...axis, size: 32, incrs: STEPS, values: (_plot, splits) => splits.map(clock) }, { ...axis, size: 56 }],
        hooks: {
          drawClear: [(drawn) => drawBehind(drawn, parameter)],
          draw: isFirst ? [drawNames] : [],
          setSelect: [(drawn) => drawn.select.width > 4 && show(drawn.posToVal(drawn.select.left, "x"), drawn.posToVal(drawn.select.left + drawn.select.width, "x"))],
          setCursor: [(drawn) => point(drawn, lines, texts, unit)],
        },
      },
      data,
      section,
    );
    return { plot, section };
  };

  const point = (plot, lines, texts, unit) => {
    const place = plot.cursor.idx;
    lines.forEach((line, number) => {
      let near = place;
      while (near > 0 && plot.data[number + 1][near] === undefined) near -= 1;
      const read = near == null ? null : plot.data[number + 1][near];
      texts[number].textContent = read == null ? (number ? "" : unit) : `${read} ${unit}`;
    });
    if (place == null) return;
    const seconds = plot.data[0][place];
    const moment = facts.startedAt == null ? "" : ` · ${timeOfDay.format(facts.startedAt + seconds * 1000)}`;
    at.textContent = clock(seconds) + moment;
  };

  const load = async () => {
    const turn = ++state.asked;
    const names = chips.filter(isPressed).map((chip) => chip.dataset.parameter);
    const address = new URL(panes.dataset.series, location.href);
    names.forEach((name) => address.searchParams.append("parameter", name));
    if (state.view) ["from", "to"].forEach((name, edge) => address.searchParams.set(name, state.view[edge]));
    let lines = [];
    try {
      const answer = names.length ? await fetch(address, { credentials: "same-origin" }) : null;
      if (answer?.redirected || answer?.status === 401) return location.reload();
      if (answer && !answer.ok) throw new Error(answer.status);
      lines = answer ? (await answer.json()).lines.filter((line) => line.seconds.length) : [];
    } catch {
      at.textContent = "The curves could not be fetched; try again.";
      return undefined;
    }
    if (turn !== state.asked) return undefined;
    state.plots.forEach(({ plot, section }) => { plot.destroy(); section.remove(); });
    if (!state.view && lines.length) {
      state.all = [Math.min(...lines.map((line) => line.seconds[0])), Math.max(...lines.map((line) => line.seconds.at(-1)))];
    }
    const drawn = names.map((name) => lines.filter((line) => line.parameter === name)).filter((each) => each.length);
    state.plots = drawn.map((each, place) => pane(each, place === 0));
    const view = state.view ?? state.all;
    if (view) scaleTo(view);
    panes.dataset.view = view ? view.map((edge) => edge.toFixed(1)).join(" ") : "";
    panes.dataset.drawn = String(state.plots.length);
    return undefined;
  };

  const scaleTo = ([min, max]) => max > min && state.plots.forEach(({ plot }) => plot.setScale("x", { min, max }));

  const bounded = (from, to) => {
    const [first, last] = state.all ?? [from, to];
    const wide = Math.min(Math.max(to - from, 5), last - first);
    const begin = Math.min(Math.max(from, first), last - wide);
    return wide >= last - first ? null : [begin, begin + wide];
  };
  const show = (from, to) => { state.view = bounded(from, to); return load(); };
  const around = (factor, shift = 0) => {
    const [from, to] = state.view ?? state.all ?? [0, 0];
    const middle = (from + to) / 2 + shift * (to - from);
    return [middle - ((to - from) * factor) / 2, middle + ((to - from) * factor) / 2];
  };
  const whole = () => { state.view = null; load(); };

  chips.forEach((chip) => chip.addEventListener("click", () => { chip.setAttribute("aria-pressed", String(!isPressed(chip))); load(); }));
  document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
    if (button.dataset.zoom === "all") whole(); else show(...around(button.dataset.zoom === "in" ? 0.5 : 2));
  }));
  panes.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [1, -0.25], ArrowRight: [1, 0.25], "+": [0.5, 0], "-": [2, 0] };
    if (moves[event.key]) { event.preventDefault(); show(...around(...moves[event.key])); }
    if (event.key === "Escape" || event.key === "0") whole();
  });
  document.querySelectorAll("[data-from]").forEach((link) => link.addEventListener("click", () => {
    chips.find((each) => each.dataset.parameter === link.dataset.show)?.setAttribute("aria-pressed", "true");
    const [from, to] = [Number(link.dataset.from), Number(link.dataset.to)];
    const margin = Math.max((to - from) * 0.1, 30);
    show(from - margin, to + margin);
  }));

  // Two fingers widen or narrow the view, one finger moves it; what is missing at the edges comes when they are lifted.
  const fingers = new Map();
  let begun = null;
  const spread = () => [...fingers.values()].reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [Infinity, -Infinity]);
  const begin = () => { begun = fingers.size && state.all ? { view: state.view ?? state.all, edges: spread() } : null; };
  panes.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    fingers.set(event.pointerId, event.clientX);
    begin();
  });
  panes.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId) || !begun) return;
    fingers.set(event.pointerId, event.clientX);
    const [low, high] = spread();
    const [from, to] = begun.view;
    const factor = fingers.size > 1 ? Math.max(begun.edges[1] - begun.edges[0], 20) / Math.max(high - low, 20) : 1;
    const perPixel = (to - from) / panes.clientWidth;
    const left = panes.getBoundingClientRect().left;
    const grasped = from + ((begun.edges[0] + begun.edges[1]) / 2 - left) * perPixel;
    const first = grasped - ((low + high) / 2 - left) * perPixel * factor;
    state.view = bounded(first, first + (to - from) * factor);
    begun.hasMoved = true;
    scaleTo(state.view ?? state.all);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    addEventListener(name, (event) => {
      if (!fingers.delete(event.pointerId)) return;
      if (begun?.hasMoved) load();
      begin();
    });
  }

  let resizing;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => state.plots.forEach(({ plot }) => plot.setSize({ width: panes.clientWidth, height: HEIGHT })), 100);
  });
  document.querySelectorAll("[data-without-scripts]").forEach((each) => each.remove());
  document.querySelectorAll("[data-needs-scripts]").forEach((each) => { each.hidden = false; });
  load();
}
