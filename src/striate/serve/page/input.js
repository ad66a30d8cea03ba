// Bring a picture, disturb it, and see at once what the network makes of it.

import { disturbance, link, note, read, undisturbed } from "./address.js";
import { get, latest, send } from "./api.js";
import { paintMap, paintPicture, signed } from "./draw.js";
import { faultBox, make, number, percent, say } from "./elements.js";
import { legend } from "./legend.js";
import { chosenInput, look, maps } from "./looking.js";
import { makePad } from "./pad.js";

const STRIPS = 3; // layers whose maps follow
const SHOWN = 6;
const PATIENCE = 250; // milliseconds of rest before the sliders' ranges are tried out
const NAMES = { right: "shift right", down: "shift down", scale: "scale", rotate: "rotate", blur: "blur", noise: "noise" };

let model;
let parts;
let current;
let resting;
let stream; // the camera, while it is on
const refresh = latest(draw);

export function enter(view, given) {
  model = given;
  current = null;
  parts = {
    fault: make("div", { class: "slot" }),
    seen: make("canvas", { class: "picture", role: "img", "aria-label": "the picture as the network sees it" }),
    name: make("p", { class: "quiet small" }),
    answers: make("ol", { class: "bars large-bars" }),
    says: make("h2", { class: "says" }),
    strips: make("div", { class: "strips" }),
    sliders: {},
    wrong: make("div", { class: "thumbs" }),
  };
  const pad = makePad((canvas, done) => sendDrawing(canvas, done));
  view.append(
    make("h1", { class: "hidden", text: "Input" }),
    parts.fault,
    make(
      "div",
      { class: "bench" },
      make("section", { class: "bring", "aria-label": "Bring a picture" }, make("div", {}, make("h2", { text: "Draw" }), pad.frame, buttons(pad)), make("div", { class: "choose" }, make("h2", { text: "Or choose" }), make("p", { class: "quiet small", text: "Validation pictures, most wrong first." }), parts.wrong)),
      make("section", { "aria-label": "The answer" }, make("h2", { text: "What it sees" }), make("div", { class: "frame seen-large" }, parts.seen), parts.name, parts.says, parts.answers, make("p", {}, make("a", { href: link(["network"]), class: "onward", text: "Why? Walk through the network →" }))),
      make("section", { class: "disturb", "aria-label": "Disturb it" }, make("h2", { text: "Disturb it" }), sliderRows(), make("button", { type: "button", class: "plain", text: "undo all", onclick: () => (resetSliders(), moved()) })),
    ),
    make("section", { "aria-label": "Feature maps that follow", class: "follow" }, make("h2", { text: "The maps follow" }), parts.strips),
  );
  showWrong();
  addEventListener("paste", paste);
  return () => {
    removeEventListener("paste", paste);
    stopCamera();
    clearTimeout(resting);
  };
}

export async function update() {
  await chosenInput().catch((fault) => parts.name.replaceChildren(fault.message));
  for (const [name, row] of Object.entries(parts.sliders)) row.set(Number(disturbance()[name] ?? model.sliders[name].neutral));
  if (read().query.has("input")) await refresh();
}

async function draw() {
  const id = read().query.get("input");
  const followed = model.layers.filter((layer) => layer.shape.length === 3 && ["conv", "relu", "maxpool"].includes(layer.kind));
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
  parts.answers.replaceChildren(...current.answers.slice(0, 6).map(bar));
  drawStrips(await drawn);
  parts.seen.dataset.drawn = new URLSearchParams({ input: id, ...disturbance() }).toString();
  clearTimeout(resting);
  resting = setTimeout(rest, PATIENCE);
}

function bar(one) {
  return make(
    "li",
    {},
    make(
      "a",
      { href: link(["network", "votes", String(one.k)]), "aria-label": `${one.label}: ${percent(one.probability)}` },
      make("span", { class: "label", text: one.label }),
      make("span", { class: "track" }, make("span", { class: "bar", style: `width:${100 * one.probability}%` })),
      make("span", { class: "value", text: percent(one.probability) }),
    ),
  );
}

function drawStrips(layers) {
  parts.strips.replaceChildren(
    ...layers.map((one) => {
      const values = signed(one.cells);
      const [, height, width] = one.shape;
      return make(
        "div",
        { class: "strip-row" },
        make("div", {}, make("h3", { text: one.name }), legend(one.largest)),
        one.shown.map((map, i) => {
          const canvas = make("canvas", { "aria-hidden": "true" });
          paintMap(canvas, values.subarray(i * height * width, (i + 1) * height * width), height, width, 127);
          return make("a", { href: link(["network", one.name, "map", String(map.channel)]), "aria-label": `map ${map.channel} of ${one.name}` }, canvas);
        }),
      );
    }),
  );
}

// When the sliders rest: say the answer aloud, and find out what each slider would change.
async function rest() {
  const [best] = current.answers;
  say(`It says ${best.label}, ${percent(best.probability)}`);
  const key = parts.seen.dataset.drawn;
  for (const name of Object.keys(model.sliders)) {
    if (parts.seen.dataset.drawn !== key || !parts.seen.isConnected) return;
    try {
      const found = await get(`api/inputs/${current.id}/sweep/${name}`, disturbance());
      if (parts.seen.dataset.drawn === key) parts.sliders[name].tell(found);
    } catch {
      return;
    }
  }
}

function sliderRows() {
  return make("div", { class: "sliders" }, Object.entries(model.sliders).map(([name, slider]) => sliderRow(name, slider)));
}

function sliderRow(name, slider) {
  const value = make("output", { for: `slider-${name}`, text: number(slider.neutral) });
  const strip = make("svg", { class: "sweep", viewBox: "0 0 100 22", preserveAspectRatio: "none", "aria-hidden": "true" });
  const words = make("p", { class: "quiet small turn", id: `turn-${name}`, text: " " });
  const range = make("input", {
    type: "range",
    id: `slider-${name}`,
    min: slider.low,
    max: slider.high,
    step: slider.step,
    value: slider.neutral,
    "aria-describedby": `turn-${name}`,
    oninput: () => {
      value.textContent = range.value.replace("-", "−");
      moved();
    },
  });
  parts.sliders[name] = {
    range,
    set: (to) => {
      range.value = to;
      value.textContent = String(to).replace("-", "−");
    },
    tell: (found) => {
      strip.replaceChildren(...sweepMarks(found));
      const turns = found.turns.map((turn) => `at ${number(turn)} it says ${found.answers[found.values.indexOf(turn)]}`);
      words.textContent = turns.length ? turns.join(", ") : "nothing here changes its mind";
    },
  };
  return make("div", { class: "slider" }, make("label", { for: `slider-${name}` }, NAMES[name] ?? name, make("span", { class: "quiet small", text: ` ${slider.unit}` })), value, strip, range, words);
}

// The probability of the present answer along the slider, and where another one wins.
function sweepMarks(found) {
  const count = found.values.length;
  const x = (i) => (100 * i) / (count - 1);
  const y = (probability) => 21 - 20 * probability;
  const other = found.answers.flatMap((answer, i) =>
    answer === current.answers[0].label ? [] : [make("rect", { class: "other", x: x(i) - 50 / (count - 1), y: 0, width: 100 / (count - 1), height: 22 })],
  );
  const line = make("polyline", { points: found.probabilities.map((p, i) => `${x(i)},${y(p)}`).join(" ") });
  return [...other, line];
}

function moved() {
  const places = {};
  for (const [name, row] of Object.entries(parts.sliders)) {
    places[name] = Number(row.range.value) === model.sliders[name].neutral ? "" : row.range.value;
  }
  note(["input"], places);
  refresh().catch(tell);
}

function resetSliders() {
  for (const [name, row] of Object.entries(parts.sliders)) row.set(model.sliders[name].neutral);
}

function buttons(pad) {
  const file = make("input", { type: "file", id: "upload", accept: "image/*", class: "hidden", onchange: () => file.files[0] && bring(file.files[0], file.files[0].name) });
  const video = make("video", { class: "camera", muted: true, playsinline: true, hidden: true, "aria-label": "camera" });
  const shoot = make("button", { type: "button", class: "plain", text: "take it", hidden: true, onclick: () => snap(video) });
  return make(
    "div",
    { class: "tools" },
    make("button", { type: "button", class: "plain", text: "clear", onclick: pad.clear }),
    make("button", { type: "button", class: "plain", text: "upload a file", onclick: () => file.click() }),
    make("button", { type: "button", class: "plain", text: "camera", onclick: () => startCamera(video, shoot) }),
    make("button", { type: "button", class: "plain", text: "paste", onclick: pasteFromClipboard }),
    make("label", { for: "upload", class: "hidden", text: "picture file" }),
    file,
    video,
    shoot,
  );
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
    resetSliders();
    await refresh();
  } catch (fault) {
    if (!quiet) tell(fault);
  }
}

function tell(fault) {
  if (fault.name === "AbortError") return;
  parts.fault.replaceChildren(faultBox(fault));
}

function paste(event) {
  const file = [...(event.clipboardData?.files ?? [])][0];
  if (file) bring(file, file.name || "pasted");
}

async function pasteFromClipboard() {
  try {
    for (const item of await navigator.clipboard.read()) {
      const type = item.types.find((one) => one.startsWith("image/"));
      if (type) return bring(await item.getType(type), "pasted");
    }
    throw new Error("the clipboard must hold a picture, got none; copy one, then paste it here");
  } catch (fault) {
    tell(fault);
  }
}

async function startCamera(video, shoot) {
  try {
    if (!navigator.mediaDevices) throw new Error("a camera needs a secure address, got this one; open the page at 127.0.0.1");
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    video.hidden = shoot.hidden = false;
    await video.play();
    shoot.focus();
  } catch (fault) {
    tell(fault);
  }
}

function snap(video) {
  const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((blob) => bring(blob, "photograph"), "image/png");
  video.hidden = true;
  video.parentElement.querySelector("video + button").hidden = true;
  stopCamera();
}

function stopCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
}

async function showWrong() {
  try {
    const found = await get("api/examples", { split: "validation", order: "most wrong" });
    const some = found.shown.slice(0, 18);
    parts.wrong.replaceChildren(
      ...some.map((one) =>
        make("a", { href: link(["input"], { input: `example-${one.index}`, ...undisturbed() }), "aria-label": `example ${one.index}: a ${one.truth}, taken for ${one.answer}`, title: `${one.truth} → ${one.answer} ${percent(one.probability)}` }, make("img", { src: one.picture, alt: "" })),
      ),
    );
    if (!some.length && found.answered < found.examples && parts.wrong.isConnected) setTimeout(showWrong, 500);
  } catch (fault) {
    parts.wrong.replaceChildren(make("p", { class: "quiet small", text: fault.message }));
  }
}
