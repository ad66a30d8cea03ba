// The network as a row of layers, read from left to right as the data flows: picture, maps, answer. Below it the desk.

import { link, read } from "./address.js";
import { css, shade } from "./colour.js";
import { drawBars } from "./bars.js";
import { drawDesk } from "./desk.js";
import { paintMap, paintPicture, signed } from "./draw.js";
import { make, number, whole } from "./elements.js";
import { legend } from "./legend.js";
import { chosenInput, look, lookKey, maps } from "./looking.js";

const SHOWN = 4; // maps of a layer at once
const LONG = 9; // letters of a name from which it is set smaller
const TOGETHER = 16; // layers asked for in one request

let parts; // the elements of the row
let model;
let drawnFor; // the input and sliders that the row shows
let pages; // layer -> page on show
let columns; // layer -> its column
let id; // the input on show
let looked; // the look at it, perhaps on its way
let current; // the look on show
let abort = new AbortController();

export function enter(view, given) {
  model = given;
  drawnFor = "";
  pages = {};
  columns = {};
  id = null;
  current = null;
  parts = {
    seen: make("figure", { class: "seen" }),
    layers: make("div", {
      class: "layers",
      role: "list",
      tabindex: "0",
      "aria-label": "Layers, in the order of computation",
    }),
    answers: make("div", { class: "answers" }),
    desk: make("section", { class: "desk", "aria-label": "What was chosen, unfolded" }),
  };
  for (const layer of model.layers) parts.layers.append(column(layer));
  view.append(
    make("h1", { class: "hidden", text: "Network" }),
    make(
      "section",
      { class: "flow", "aria-label": "The network" },
      parts.seen,
      parts.layers,
      make("section", { class: "answer", "aria-label": "The answer" }, parts.answers),
    ),
    parts.desk,
  );
  const watcher = new IntersectionObserver(fillSeen, { root: parts.layers, rootMargin: "0px 400px" });
  for (const element of Object.values(columns)) watcher.observe(element);
  return () => {
    watcher.disconnect();
    abort.abort();
  };
}

export async function update(path) {
  id = await chosenInput();
  const work = [];
  if (drawnFor !== lookKey()) {
    abort.abort();
    abort = new AbortController();
    drawnFor = lookKey();
    looked = look(id, abort.signal);
    for (const element of Object.values(columns)) element.dataset.filled = "";
    work.push(looked.then(drawLook), fill(Object.keys(columns).filter(isNear)));
  }
  markChosen(path);
  await Promise.all([...work, drawDesk(parts.desk, { path, id, looked, model })]);
}

function drawLook(found) {
  current = found;
  drawSeen();
  drawAnswers();
  markChosen(read().parts.slice(1));
}

function isNear(name) {
  const box = columns[name].getBoundingClientRect();
  const frame = parts.layers.getBoundingClientRect();
  return box.left < frame.right + 400 && box.right > frame.left - 400;
}

function fillSeen(entries) {
  if (!id) return;
  const names = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target.dataset.layer);
  fill(names.filter((name) => columns[name].dataset.filled !== drawnFor));
}

async function fill(names) {
  const wanted = names.filter((name) => columns[name].dataset.filled !== drawnFor);
  for (const name of wanted) columns[name].dataset.filled = drawnFor;
  const groups = {};
  for (const name of wanted) (groups[pages[name] ?? 0] ??= []).push(name);
  for (const [page, list] of Object.entries(groups)) {
    for (let start = 0; start < list.length; start += TOGETHER) {
      const some = list.slice(start, start + TOGETHER);
      try {
        for (const one of await maps(id, some, page, SHOWN, abort.signal)) drawMaps(one);
        markChosen(read().parts.slice(1));
      } catch (fault) {
        for (const name of some) columns[name].dataset.filled = "";
        if (fault.name !== "AbortError") throw fault;
      }
    }
  }
}

function column(layer) {
  const [last, ...before] = layer.name.split(".").reverse();
  const element = make(
    "div",
    { class: `layer${layer.is_block ? " block" : ""}`, role: "listitem", "data-layer": layer.name, title: layer.text },
    make("p", {
      class: "within",
      text: before
        .reverse()
        .filter((part) => part !== "body")
        .join(" › "),
    }),
    make("h2", { class: last.length > LONG ? "long" : undefined, text: last }),
    make(
      "p",
      { class: "facts" },
      make("span", {
        text: layer.shape.join("×"),
        title: layer.shape.length > 1 ? "channels × height × width" : "units",
      }),
    ),
    fact("parameters", layer),
    fact("multiply_adds", layer),
    make("div", { class: "maps" }),
    make("div", { class: "foot" }),
  );
  columns[layer.name] = element;
  return element;
}

// A cost in figures; the first column, which has none, names the row.
function fact(key, layer) {
  const name = key === "parameters" ? "parameters" : "multiply-adds";
  if (layer.kind === "input") return make("p", { class: "facts", text: name });
  return make("p", {
    class: "facts",
    text: layer[key] ? whole(layer[key]) : "",
    title: layer[key] ? `${name} of ${layer.name}` : undefined,
  });
}

function drawSeen() {
  const canvas = make("canvas", {
    class: "picture",
    role: "img",
    "aria-label": `The picture as the network sees it: ${current.name}`,
  });
  paintPicture(canvas, current.picture, current.shape);
  const truth = current.truth >= 0 ? model.classes[current.truth] : "";
  parts.seen.replaceChildren(
    canvas,
    make(
      "figcaption",
      {},
      make("span", { class: "name", text: current.name }),
      truth && make("span", { text: `truth: ${truth}` }),
      make("a", { href: link(["input"]), text: "change or disturb it" }),
    ),
  );
}

function drawAnswers() {
  const best = current.answers[0];
  const truth = current.truth >= 0 ? model.classes[current.truth] : null;
  const verdict = truth === null ? "" : truth === best.label ? "right" : "wrong";
  const bars = make("ol", { class: "bars" });
  drawBars(bars, current.answers);
  parts.answers.replaceChildren(
    make(
      "h2",
      { class: "says" },
      "It says ",
      make("strong", { text: best.label }),
      verdict && [": ", make("span", { class: `verdict ${verdict}`, text: verdict })],
    ),
    bars,
    make("p", { class: "quiet small", text: "Choose a class to see what spoke for and against it." }),
  );
}

function drawMaps(one) {
  const element = columns[one.name];
  const values = signed(one.cells);
  const flat = one.shape.length === 1;
  const hold = element.querySelector(".maps");
  hold.className = `maps${flat ? " units" : ""}`;
  hold.replaceChildren(
    ...one.shown.map((shown, i) => (flat ? unit(one, shown, values[i]) : map(one, shown, values, i))),
  );
  element.querySelector(".foot").replaceChildren(legend(one.largest), one.pages > 1 ? pager(one) : "");
}

function map(one, shown, values, i) {
  const [, height, width] = one.shape;
  const canvas = make("canvas", { "aria-hidden": "true" });
  paintMap(canvas, values.subarray(i * height * width, (i + 1) * height * width), height, width, 127);
  const what = `map ${shown.channel} of ${one.name}, from ${number(shown.low)} to ${number(shown.high)}`;
  const href = link(["network", one.name, "map", String(shown.channel)]);
  return make("a", { href, "data-channel": shown.channel, "aria-label": what, title: what }, canvas);
}

// A value without a place: a coloured cell, no canvas, since there may be hundreds.
function unit(one, shown, value) {
  const what = `unit ${shown.channel} of ${one.name}: ${number(shown.low)}`;
  const href = link(["network", one.name, "unit", String(shown.channel)]);
  const style = `background:${css(shade(value, 127))}`;
  return make("a", { href, style, "data-channel": shown.channel, "aria-label": what, title: what });
}

function pager(one) {
  const turn = async (by) => {
    pages[one.name] = one.page + by;
    columns[one.name].dataset.filled = "";
    await fill([one.name]);
    columns[one.name].querySelector(by > 0 ? ".next" : ".previous")?.focus();
  };
  const button = (text, by, name, what) =>
    make("button", {
      type: "button",
      class: `plain ${name}`,
      text,
      "aria-label": `${what} maps of ${one.name}`,
      "aria-disabled": one.page + by < 0 || one.page + by >= one.pages ? "true" : undefined,
      onclick: (event) => event.currentTarget.getAttribute("aria-disabled") || turn(by),
    });
  return make(
    "div",
    { class: "pager" },
    button("‹", -1, "previous", "Earlier"),
    make("span", { text: `${one.page + 1}/${one.pages}`, "aria-label": `page ${one.page + 1} of ${one.pages}` }),
    button("›", 1, "next", "Further"),
  );
}

function markChosen([layer, , channel]) {
  for (const old of parts.layers.querySelectorAll("[aria-current]")) old.removeAttribute("aria-current");
  for (const old of parts.answers.querySelectorAll("[aria-current]")) old.removeAttribute("aria-current");
  for (const element of Object.values(columns)) element.classList.toggle("chosen", element.dataset.layer === layer);
  columns[layer]?.querySelector(`[data-channel="${channel}"]`)?.setAttribute("aria-current", "true");
  if (layer === "votes")
    parts.answers.querySelector(`[data-votes="${read().parts[2]}"]`)?.setAttribute("aria-current", "true");
}
