// Bring a picture, disturb it, and see at once what the network makes of it.

import { disturbance, link, note, read, undisturbed } from "./address.js";
import { get, latest, send } from "./api.js";
import { drawBars } from "./bars.js";
import { paintMap, paintPicture, signed } from "./draw.js";
import { faultBox, make, percent, say } from "./elements.js";
import { legend } from "./legend.js";
import { chosenInput, look, maps } from "./looking.js";
import { makePad } from "./pad.js";
import { makeSliders } from "./sliders.js";
import { makeWays } from "./ways.js";

const STRIPS = 3; // layers whose maps follow
const SHOWN = 6; // maps of each
const ANSWERS = 6;
const OFFERED = 18; // pictures to choose from
const PATIENCE = 250; // milliseconds of rest before the sliders' ranges are tried out

let model;
let parts;
let sliders;
let current;
let resting;
const refresh = latest(draw);

export function enter(view, given) {
  model = given;
  current = null;
  parts = {
    fault: make("div"),
    seen: make("canvas", { class: "picture", role: "img", "aria-label": "the picture as the network sees it" }),
    name: make("p", { class: "quiet small" }),
    answers: make("ol", { class: "bars large-bars" }),
    says: make("h2", { class: "says" }),
    strips: make("div", { class: "strips" }),
    offered: make("div", { class: "thumbs" }),
  };
  const pad = makePad(sendDrawing);
  const ways = makeWays({ bring, tell, clear: pad.clear });
  sliders = makeSliders(model.sliders, moved);
  view.append(
    make("h1", { class: "hidden", text: "Input" }),
    parts.fault,
    make("div", { class: "bench" }, bringing(pad, ways), answering(), disturbing()),
    make(
      "section",
      { "aria-label": "Feature maps that follow", class: "follow" },
      heading("The maps follow"),
      parts.strips,
    ),
  );
  offer();
  return () => {
    ways.leave();
    clearTimeout(resting);
  };
}

const heading = (text) => make("h2", { text });

function bringing(pad, ways) {
  const rule = make("p", { class: "quiet small", text: "Validation pictures, most wrong first." });
  return make(
    "section",
    { class: "bring", "aria-label": "Bring a picture" },
    make("div", {}, heading("Draw"), pad.frame, ways.element),
    make("div", { class: "choose" }, heading("Or choose"), rule, parts.offered),
  );
}

function answering() {
  const onward = make("a", { href: link(["network"]), class: "onward", text: "Why? Walk through the network →" });
  const frame = make("div", { class: "frame seen-large" }, parts.seen);
  const rest = [parts.name, parts.says, parts.answers, make("p", {}, onward)];
  return make("section", { "aria-label": "The answer" }, heading("What it sees"), frame, rest);
}

function disturbing() {
  const undo = () => {
    sliders.set({});
    moved();
  };
  const button = make("button", { type: "button", class: "plain", text: "undo all", onclick: undo });
  return make(
    "section",
    { class: "disturb", "aria-label": "Disturb it" },
    heading("Disturb it"),
    sliders.element,
    button,
  );
}

export async function update() {
  await chosenInput().catch((fault) => parts.name.replaceChildren(fault.message));
  sliders.set(disturbance());
  if (read().query.has("input")) await refresh();
}

async function draw() {
  const id = read().query.get("input");
  const followed = model.layers.filter(
    (layer) => layer.shape.length === 3 && ["conv", "relu", "maxpool"].includes(layer.kind),
  );
  const shown = followed.slice(0, STRIPS).map((layer) => layer.name);
  const answer = look(id);
  const drawn = shown.length ? maps(id, shown, 0, SHOWN) : [];
  current = await answer;
  paintPicture(parts.seen, current.picture, current.shape);
  const facts = current.facts.length ? ` · ${current.facts.join("; ")}` : "";
  const truth = current.truth >= 0 ? ` · truth: ${model.classes[current.truth]}` : "";
  parts.name.textContent = `${current.name}${truth}${facts}`;
  const [best] = current.answers;
  parts.says.replaceChildren("It says ", make("strong", { text: best.label }));
  drawBars(parts.answers, current.answers.slice(0, ANSWERS));
  drawStrips(await drawn);
  parts.seen.dataset.drawn = new URLSearchParams({ input: id, ...disturbance() }).toString();
  clearTimeout(resting);
  resting = setTimeout(rest, PATIENCE);
}

// The maps of a few layers; canvases stay, since they are drawn again with every move of a slider.
function drawStrips(layers) {
  while (parts.strips.children.length < layers.length) parts.strips.append(strip(layers[parts.strips.children.length]));
  layers.forEach((one, row) => drawStrip(parts.strips.children[row], one));
}

function strip(one) {
  const places = one.shown.map(() => make("a", {}, make("canvas", { "aria-hidden": "true" })));
  return make("div", { class: "strip-row" }, make("div", {}, make("h3", { text: one.name }), make("div")), places);
}

function drawStrip(row, one) {
  const values = signed(one.cells);
  const [, height, width] = one.shape;
  const size = height * width;
  row.firstChild.lastChild.replaceWith(legend(one.largest));
  one.shown.forEach((map, i) => {
    const place = row.children[i + 1];
    place.href = link(["network", one.name, "map", String(map.channel)]);
    place.setAttribute("aria-label", `map ${map.channel} of ${one.name}`);
    paintMap(place.firstChild, values.subarray(i * size, (i + 1) * size), height, width, 127);
  });
}

// When the sliders rest: say the answer aloud, and find out what each slider would change.
async function rest() {
  const [best] = current.answers;
  say(`It says ${best.label}, ${percent(best.probability)}`);
  const key = parts.seen.dataset.drawn;
  for (const name of sliders.names) {
    if (parts.seen.dataset.drawn !== key || !parts.seen.isConnected) return;
    try {
      const found = await get(`api/inputs/${current.id}/sweep/${name}`, disturbance());
      if (parts.seen.dataset.drawn === key) sliders.tell(found, best.label);
    } catch {
      return;
    }
  }
}

function moved() {
  note(["input"], sliders.places());
  refresh().catch(tell);
}

const sendDrawing = latest(async (canvas, done) => {
  const blob = await new Promise((ready) => canvas.toBlob(ready, "image/png"));
  await bring(blob, "drawing", !done);
});

async function bring(file, name, quiet = false) {
  try {
    const { id } = await send(file, name);
    parts.fault.replaceChildren();
    note(["input"], { input: id, ...undisturbed() });
    sliders.set({});
    await refresh();
  } catch (fault) {
    if (!quiet) tell(fault);
  }
}

function tell(fault) {
  if (fault.name === "AbortError") return;
  parts.fault.replaceChildren(faultBox(fault));
}

// Offer validation pictures, as soon as there are answers to them.
async function offer() {
  try {
    const found = await get("api/examples", { split: "validation", order: "most wrong" });
    const some = found.shown.slice(0, OFFERED);
    parts.offered.replaceChildren(
      ...some.map((one) =>
        make(
          "a",
          {
            href: link(["input"], { input: `example-${one.index}`, ...undisturbed() }),
            "aria-label": `example ${one.index}: a ${one.truth}, taken for ${one.answer}`,
            title: `${one.truth} → ${one.answer} ${percent(one.probability)}`,
          },
          make("img", { src: one.picture, alt: "" }),
        ),
      ),
    );
    if (!some.length && found.answered < found.examples && parts.offered.isConnected) setTimeout(offer, 500);
  } catch (fault) {
    parts.offered.replaceChildren(make("p", { class: "quiet small", text: fault.message }));
  }
}
