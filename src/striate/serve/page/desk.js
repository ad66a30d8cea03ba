// The desk under the row: what was chosen, large, and the arithmetic that made it, from the pixels to the cell.

import { disturbance, go, link, undisturbed } from "./address.js";
import { get } from "./api.js";
import { arithmetic } from "./arithmetic.js";
import { floats, paintMap, paintPicture } from "./draw.js";
import { make, number, say, shapeText, whole } from "./elements.js";
import { drawHairlines } from "./hairlines.js";
import { legend } from "./legend.js";
import { shortName } from "./names.js";
import { drawVotes } from "./votes.js";

let asked = 0; // number of the latest request; older answers are dropped

export async function drawDesk(desk, chosen) {
  const turn = ++asked;
  const content = await unfoldChosen(chosen);
  if (turn !== asked) return;
  desk.replaceChildren(...content);
  drawHairlines(desk);
  document.fonts?.ready.then(() => drawHairlines(desk));
}

// `looked` is the look, which may still be on its way: the votes need not wait for it.
async function unfoldChosen({ path, id, looked, model }) {
  const [layer = "votes", kind, channel, , cell] = path;
  if (layer === "votes") return drawVotes(id, kind === undefined ? null : Number(kind), model);
  const look = await looked;
  if (layer === "probability") return unfold(look, model, layer, [Number(kind)]);
  if (kind === "unit") return unfold(look, model, layer, [Number(channel)]);
  if (kind === "map" && cell) return unfold(look, model, layer, [Number(channel), ...cell.split(",").map(Number)]);
  if (kind === "map") return showMap(look, model, layer, Number(channel));
  return aboutLayer(model, layer);
}

addEventListener("resize", () => {
  const desk = document.querySelector(".desk");
  if (desk) drawHairlines(desk);
});

function aboutLayer(model, name) {
  const layer = model.layers.find((one) => one.name === name);
  if (!layer) return [make("p", { text: `There is no layer ${name}; choose one above.` })];
  return [
    make("h2", { text: layer.name }),
    make("p", { text: `${layer.text}: makes ${shapeText(layer.shape)} from ${layer.sources.join(" and ") || "the pixels"}; each cell sees at most ${shapeText(layer.receptive_field)} pixels.` }),
    make("p", { class: "quiet", text: "Choose a map above to see it large." }),
  ];
}

// The picture with the part that reaches the cell.
function pixelsPane(look, field) {
  const canvas = make("canvas", { class: "picture", role: "img", "aria-label": "the picture as the network sees it" });
  paintPicture(canvas, look.picture, look.shape);
  const frame = make("div", { class: "frame" }, canvas);
  if (field) frame.append(box("field", field.low, field.high, look.shape.slice(1)));
  return make(
    "figure",
    { class: "pane pixels" },
    make("figcaption", { class: "head", text: "the pixels" }),
    frame,
    field && make("p", { class: "quiet small", text: `rows ${field.low[0]}–${field.high[0] - 1}, columns ${field.low[1]}–${field.high[1] - 1}: ${whole(field.reached)} places reach the cell` }),
  );
}

function box(name, low, high, [height, width]) {
  const edges = [
    `top:${(100 * low[0]) / height}%`,
    `left:${(100 * low[1]) / width}%`,
    `height:${(100 * (high[0] - low[0])) / height}%`,
    `width:${(100 * (high[1] - low[1])) / width}%`,
  ];
  return make("span", { class: `box ${name}`, style: edges.join(";") });
}

// The map that the patch lies on.
async function sourcePane(look, group) {
  if (!group || group.channel < 0 || group.rows === 0 || group.source === "pixels") return null;
  const map = await get(`api/inputs/${look.id}/map`, { layer: group.source, channel: group.channel, ...disturbance() });
  const canvas = make("canvas", { role: "img", "aria-label": `map ${group.channel} of ${group.source}` });
  paintMap(canvas, floats(map.values), map.shape[0], map.shape[1], map.largest);
  return make(
    "figure",
    { class: "pane source" },
    make("figcaption", { class: "head" }, make("a", { href: link(["network", group.source, "map", String(group.channel)]), text: `${shortName(group.source)} · map ${group.channel}` })),
    make("div", { class: "frame" }, canvas, box("patch", group.low, group.high, map.shape)),
    make("p", { class: "quiet small", text: `rows ${group.low[0]}–${group.high[0] - 1}, columns ${group.low[1]}–${group.high[1] - 1} go in` }),
  );
}

async function showMap(look, model, layer, channel) {
  const map = await get(`api/inputs/${look.id}/map`, { layer, channel, ...disturbance() });
  if (map.shape.length === 0) return unfold(look, model, layer, [channel]);
  const about = model.layers.find((one) => one.name === layer);
  const middle = make(
    "div",
    { class: "pane words" },
    make("h2", { text: `${shortName(layer)} · map ${channel}` }),
    make("p", { text: `${about.text} makes ${about.shape[0]} maps. This one matters ${ordinal(map.rank)} most for the answer; its values run from ${number(map.low)} to ${number(map.high)}.` }),
    make("p", { class: "quiet", text: "Point at a cell to read it, choose it to see the sum that made it. With the keyboard: arrows move, Enter unfolds." }),
    kernelOf(map),
    patches(layer, channel, model),
  );
  return [make("div", { class: "panes" }, middle, largeMap(map, null))];
}

// The learned kernel of a map that reads the picture itself, one canvas a colour.
function kernelOf(map) {
  if (!map.kernel) return null;
  const values = floats(map.kernel);
  const [channels, height, width] = map.kernel_shape;
  const largest = Math.max(...values.map(Math.abs));
  const drawn = Array.from({ length: channels }, (_, c) => {
    const canvas = make("canvas", { role: "img", "aria-label": `kernel, colour ${c}: ${[...values.subarray(c * height * width, (c + 1) * height * width)].map(number).join(", ")}` });
    paintMap(canvas, values.subarray(c * height * width, (c + 1) * height * width), height, width, largest);
    return canvas;
  });
  return make("div", {}, make("h3", { text: channels === 1 ? "Its kernel, as it was learned" : "Its kernel, as it was learned, for red, green and blue" }), make("div", { class: "kernel" }, drawn), legend(largest));
}

function patches(layer, channel, model) {
  const hold = make("div", { class: "patches", "aria-live": "polite" });
  if (model.data.state === "missing") return hold;
  const strip = make("div", { class: "strip" }, make("span", { class: "quiet small", text: "looking …" }));
  hold.append(make("h3", { text: "What it looks for: the parts of validation pictures that excite it most" }), strip);
  get("api/patches", { layer, channel })
    .then((found) =>
      strip.replaceChildren(
        ...found.map((one) => {
          const canvas = make("canvas", { "aria-hidden": "true" });
          paintPicture(canvas, one.picture, one.shape);
          const [c, ...place] = one.cell;
          const there = place.length ? ["network", layer, "map", String(c), "cell", place.join(",")] : ["network", layer, "unit", String(c)];
          return make("a", { href: link(there, { input: `example-${one.example}`, ...undisturbed() }), "aria-label": `example ${one.example}, a ${one.label}: ${number(one.value)}` }, canvas, make("span", { class: "small", text: `${one.label}: ${number(one.value)}` }));
        }),
      ),
    )
    .catch((fault) => strip.replaceChildren(make("span", { class: "quiet small", text: fault.message })));
  return hold;
}

// A map with its values under the pointer and under the keyboard's cursor.
function largeMap(map, chosen) {
  const [height, width] = map.shape;
  const values = floats(map.values);
  const canvas = make("canvas", { "aria-hidden": "true" });
  paintMap(canvas, values, height, width, map.largest);
  const cursor = box("cursor", [0, 0], [1, 1], [height, width]);
  const read = make("p", { class: "readout" });
  let at = chosen ?? [0, 0];
  const show = (loud) => {
    cursor.style.cssText = box("", at, [at[0] + 1, at[1] + 1], [height, width]).style.cssText;
    const text = `row ${at[0]}, column ${at[1]}: ${number(values[at[0] * width + at[1]])}`;
    read.textContent = text;
    if (loud) say(text);
  };
  const open = () => go(["network", map.name, "map", String(map.channel), "cell", at.join(",")]);
  const place = (event) => {
    const edge = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - edge.top) / edge.height) * height);
    const column = Math.floor(((event.clientX - edge.left) / edge.width) * width);
    return [Math.min(height - 1, Math.max(0, row)), Math.min(width - 1, Math.max(0, column))];
  };
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const frame = make(
    "div",
    {
      class: "frame large",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "map of values",
      "aria-label": `Map ${map.channel} of ${map.name}, ${height} rows, ${width} columns. Arrows move, Enter unfolds the cell.`,
      onpointermove: (event) => {
        at = place(event);
        show(false);
      },
      onpointerleave: () => {
        at = chosen ?? at;
        show(false);
      },
      onclick: (event) => {
        at = place(event);
        open();
      },
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          open();
        }
        const step = steps[event.key];
        if (!step) return;
        event.preventDefault();
        at = [Math.min(height - 1, Math.max(0, at[0] + step[0])), Math.min(width - 1, Math.max(0, at[1] + step[1]))];
        show(true);
      },
    },
    canvas,
    chosen && box("cell", chosen, [chosen[0] + 1, chosen[1] + 1], [height, width]),
    cursor,
  );
  show(false);
  return make(
    "figure",
    { class: "pane result" },
    make("figcaption", { class: "head" }, make("a", { href: link(["network", map.name, "map", String(map.channel)]), text: `${shortName(map.name)} · map ${map.channel}` })),
    frame,
    read,
    legend(map.largest),
  );
}

async function unfold(look, model, layer, cell) {
  const unfolded = await get(`api/inputs/${look.id}/cell`, { layer, cell: cell.join(","), ...disturbance() });
  const onMap = cell.length === 3;
  const map = onMap ? await get(`api/inputs/${look.id}/map`, { layer, channel: cell[0], ...disturbance() }) : null;
  const source = make("div", { class: "pane-slot" });
  let filling;
  const fill = (group) => {
    filling = sourcePane(look, group).then((pane) => {
      source.replaceChildren(...[pane].filter(Boolean));
      const desk = source.closest(".desk");
      if (desk) drawHairlines(desk);
    });
  };
  const panel = arithmetic(unfolded, { model, focus: fill });
  await filling;
  say(`${layer}, cell ${cell.join(", ")}: ${number(unfolded.value)}`);
  return [
    make(
      "div",
      { class: "panes unfolded" },
      pixelsPane(look, unfolded.field.low.length === 2 ? unfolded.field : null),
      source,
      panel,
      map && largeMap(map, cell.slice(1)),
    ),
  ];
}

function ordinal(rank) {
  if (rank === 1) return "";
  const tail = { 1: "st", 2: "nd", 3: "rd" }[rank % 10];
  return `${rank}${tail && ![11, 12, 13].includes(rank % 100) ? tail : "th"}`;
}

