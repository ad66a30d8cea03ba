// The catalogue: filtered, ordered, a page of thumbnails, each one step from the network.

import { link, read, undisturbed } from "./address.js";
import { get } from "./api.js";
import { make, percent, whole } from "./elements.js";

const FILTERS = ["split", "label", "wrong", "order", "page"];

let model;
let parts;
let waiting;

export function enter(view, given) {
  model = given;
  parts = {
    source: make("p", { class: "quiet" }),
    controls: {},
    count: make("p", { class: "quiet", role: "status" }),
    grid: make("div", { class: "catalogue" }),
    pager: make("div", { class: "pager wide" }),
  };
  view.append(make("h1", { text: "Data" }), parts.source, filters(), parts.count, parts.grid, parts.pager);
  return () => clearTimeout(waiting);
}

async function tellSource() {
  const data = await get("api/data");
  if (data.trouble) return parts.source.replaceChildren(data.trouble);
  const splits = Object.entries(data.splits).map(([name, n]) => `${whole(n)} ${name}`);
  const foreign = ". The model was not trained on exactly this data, so its splits are not those of training";
  const text = `: ${whole(data.examples)} examples; ${splits.join(", ")}${data.own ? "" : foreign}.`;
  parts.source.replaceChildren(make("code", { text: data.source }), text);
}

function filters() {
  const select = (name, text, options) => {
    const element = make(
      "select",
      { id: `filter-${name}`, onchange: apply },
      options.map(([value, shown]) => make("option", { value, text: shown })),
    );
    parts.controls[name] = element;
    return make("div", { class: "control" }, make("label", { for: `filter-${name}`, text }), element);
  };
  const wrong = make("input", { type: "checkbox", id: "filter-wrong", onchange: apply });
  parts.controls.wrong = wrong;
  return make(
    "form",
    { class: "filters", "aria-label": "Filters", onsubmit: (event) => event.preventDefault() },
    select("split", "split", [
      ["", "all"],
      ["train", "train"],
      ["validation", "validation"],
      ["test", "test"],
    ]),
    select("label", "class", [["", "all"], ...model.classes.map((name) => [name, name])]),
    select("order", "order", [
      ["catalogue", "as in the catalogue"],
      ["most wrong", "most wrong first"],
      ["least sure", "least sure first"],
    ]),
    make("div", { class: "control check" }, wrong, make("label", { for: "filter-wrong", text: "only wrong answers" })),
  );
}

function apply() {
  const { controls } = parts;
  location.hash = address({
    split: controls.split.value,
    label: controls.label.value,
    order: controls.order.value,
    wrong: controls.wrong.checked ? "1" : "",
  });
}

const address = (filter) => link(["data"], Object.fromEntries(FILTERS.map((name) => [name, filter[name] ?? ""])));

export async function update(_, query) {
  const filter = Object.fromEntries(FILTERS.filter((name) => query.get(name)).map((name) => [name, query.get(name)]));
  for (const name of ["split", "label", "order"])
    parts.controls[name].value = filter[name] ?? (name === "order" ? "catalogue" : "");
  parts.controls.wrong.checked = Boolean(filter.wrong);
  const found = await get("api/examples", filter);
  await tellSource();
  parts.count.textContent = `${whole(found.count)} of ${whole(found.examples)} examples${found.answered < found.examples ? `; the network has answered ${whole(found.answered)} so far` : ""}`;
  parts.grid.replaceChildren(...found.shown.map(card));
  const turn = (by, text) =>
    found.page + by >= 0 && found.page + by < found.pages
      ? make("a", { href: address({ ...filter, page: found.page + by || "" }), text })
      : make("span", { class: "quiet", text });
  parts.pager.replaceChildren(
    turn(-1, "‹ earlier"),
    make("span", { text: `page ${found.page + 1} of ${found.pages}` }),
    turn(1, "further ›"),
  );
  clearTimeout(waiting);
  const byAnswer = filter.wrong || (filter.order ?? "catalogue") !== "catalogue";
  if (found.answered < found.examples && (byAnswer || found.shown.some((one) => !one.answer))) {
    waiting = setTimeout(drawAgain, 1000);
  }
}

// Draw again as answers come in, but not under somebody's hands.
function drawAgain() {
  if (parts.grid.contains(document.activeElement)) waiting = setTimeout(drawAgain, 1000);
  else update([], read().query);
}

function card(one) {
  const wrong = one.answer && one.answer !== one.truth;
  const words = !one.answer ? one.truth : wrong ? `${one.truth} → ${one.answer}` : one.truth;
  return make(
    "a",
    {
      class: `card${wrong ? " wrong" : ""}`,
      href: link(["network"], { input: `example-${one.index}`, ...undisturbed() }),
      title: `${one.name} · ${one.split}`,
      "aria-label": `${one.name}, ${one.split}: a ${one.truth}${one.answer ? `, the network says ${one.answer} with ${percent(one.probability)}` : ""}`,
    },
    make("img", { src: one.picture, alt: "" }),
    make("span", { class: "words", text: words }),
    make("span", { class: "quiet small", text: one.answer ? percent(one.probability) : "…" }),
  );
}
