// The desk under the row: what was chosen, large, and the arithmetic that made it, from the pixels to the cell.

import { disturbance, link } from "./address.js";
import { get } from "./api.js";
import { arithmetic } from "./arithmetic.js";
import { floats, paintMap, paintPicture } from "./draw.js";
import { make, number, say, shapeText, whole } from "./elements.js";
import { box } from "./frame.js";
import { drawHairlines } from "./hairlines.js";
import { kernelOf, patches } from "./looksfor.js";
import { largeMap } from "./map.js";
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
    make("p", {
      text: `${layer.text}: makes ${shapeText(layer.shape)} from ${layer.sources.join(" and ") || "the pixels"}; each cell sees at most ${shapeText(layer.receptive_field)} pixels.`,
    }),
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
    field &&
      make("p", {
        class: "quiet small",
        text: `rows ${field.low[0]}–${field.high[0] - 1}, columns ${field.low[1]}–${field.high[1] - 1}: ${whole(field.reached)} places reach the cell`,
      }),
  );
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
    make(
      "figcaption",
      { class: "head" },
      make("a", {
        href: link(["network", group.source, "map", String(group.channel)]),
        text: `${shortName(group.source)} · map ${group.channel}`,
      }),
    ),
    make("div", { class: "frame" }, canvas, box("patch", group.low, group.high, map.shape)),
    make("p", {
      class: "quiet small",
      text: `rows ${group.low[0]}–${group.high[0] - 1}, columns ${group.low[1]}–${group.high[1] - 1} go in`,
    }),
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
    make("p", {
      text: `${about.text} makes ${about.shape[0]} maps. This one matters ${ordinal(map.rank)} most for the answer; its values run from ${number(map.low)} to ${number(map.high)}.`,
    }),
    make("p", {
      class: "quiet",
      text: "Point at a cell to read it, choose it to see the sum that made it. With the keyboard: arrows move, Enter unfolds.",
    }),
    kernelOf(map),
    patches(layer, channel),
  );
  return [make("div", { class: "panes" }, middle, largeMap(map, null))];
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
