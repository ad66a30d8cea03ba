// The arithmetic panel: patch × kernel → products → sum → bias → value, and what follows. Only the server's numbers.

import { link } from "./address.js";
import { css, inkOn, shade } from "./colour.js";
import { make, number, short, whole } from "./elements.js";
import { cellPath, label, shortName } from "./names.js";
import { swing } from "./swing.js";

const LISTED = 12; // terms of a group without places that are told
const LARGEST_GRID = 196; // cells of a patch that are drawn one by one
const NUMBERED = 25; // cells of a patch up to which each shows its number

// The panel of one unfolded cell; `focus(group)` shows the map that a group of terms comes from.
export function arithmetic(unfolded, { model, focus }) {
  const title =
    unfolded.layer === "probability"
      ? `probability of ${model.classes[unfolded.cell[0]]}`
      : `${shortName(unfolded.layer)} · ${label(unfolded.cell)}`;
  const shown = make("div", { class: "focus" });
  const others = make("div", { class: "others" });
  const choose = (chosen) => {
    shown.replaceChildren(focused(unfolded.groups[chosen], unfolded, model));
    others.replaceChildren(...listGroups(unfolded, chosen, choose));
    focus(unfolded.groups[chosen]);
  };
  choose(0);
  return make(
    "div",
    { class: "pane words sum" },
    make("h2", { text: title }),
    make("p", { class: "quiet small" }, make("code", { text: unfolded.text }), ": ", unfolded.rule),
    equation(unfolded),
    followed(unfolded),
    shown,
    others,
    make("p", {
      class: "quiet small check",
      text: `Computed anew in float64. The network, in float32, has ${number(unfolded.network)}; the two differ by ${number(unfolded.difference)} of what was added up.`,
    }),
  );
}

// The whole sum in one line.
function equation(unfolded) {
  const { bias, ...constants } = unfolded.constants;
  const adds = unfolded.terms > 1 && unfolded.sum !== null && unfolded.layer !== "probability" && !isPool(unfolded);
  const piece = (name, value, kind = "") =>
    make(
      "span",
      { class: `piece ${kind}` },
      make("span", { class: "what" }, name),
      make("span", { class: "much", text: number(value) }),
    );
  return make(
    "div",
    { class: "equation" },
    adds && piece(`${whole(unfolded.terms)} products`, unfolded.sum),
    bias !== undefined && [sign("+"), piece("bias", bias)],
    Object.entries(constants).map(([name, value]) => piece(name, value)),
    sign("="),
    piece("value", unfolded.value, "final"),
  );
}

// What the layers that work cell by cell make of it next.
function followed(unfolded) {
  if (!unfolded.then.length) return null;
  const step = (one, i) => [
    i ? ", " : " ",
    make("a", { href: link(cellPath(one.layer, one.cell)), text: shortName(one.layer) }),
    " makes it ",
    make("strong", { text: number(one.value) }),
  ];
  return make("p", { class: "then" }, "Then", unfolded.then.map(step), ".");
}

const isPool = (unfolded) => unfolded.rule.startsWith("the largest");
const sign = (text) => make("span", { class: "sign", text, "aria-hidden": "true" });
const nameOf = (group) =>
  group.source === "pixels"
    ? "the pixel"
    : group.channel < 0
      ? shortName(group.source)
      : `${shortName(group.source)} · map ${group.channel}`;

function focused(group, unfolded, model) {
  const alone = unfolded.groups.length + unfolded.others === 1;
  const isGrid = group.rows > 0 && group.terms.length > 1 && group.terms.length <= LARGEST_GRID;
  return make(
    "div",
    { class: "group" },
    make(
      "p",
      { class: "group-head" },
      make("span", { text: nameOf(group) }),
      !alone && make("span", { text: `adds ${number(group.total)}` }),
    ),
    isGrid ? grids(group) : list(group, unfolded.layer === "probability" ? model.classes : null),
  );
}

// All maps that went in, on one axis; choosing one shows its products.
function listGroups(unfolded, chosen, choose) {
  if (unfolded.groups.length < 2) return [];
  const largest = Math.max(...unfolded.groups.map((group) => Math.abs(group.total ?? 0)), Math.abs(unfolded.rest));
  const row = (name, total) =>
    make("tr", {}, make("th", { scope: "row" }, name), swing(total, largest), make("td", { text: number(total) }));
  const button = (group, i) =>
    make("button", {
      type: "button",
      class: "plain linkish",
      text: nameOf(group),
      "aria-pressed": String(i === chosen),
      onclick: () => {
        choose(i);
        document.querySelectorAll(".others button")[i]?.focus();
      },
    });
  return [
    make("p", { class: "group-head", text: "what each map adds" }),
    make(
      "table",
      { class: "votes" },
      make(
        "tbody",
        {},
        unfolded.groups.map((group, i) => row(button(group, i), group.total)),
        unfolded.others > 0 && row(`${whole(unfolded.others)} others`, unfolded.rest),
      ),
    ),
  ];
}

// Patch, kernel and products as three small grids; a pool shows its window, the winner marked.
function grids(group) {
  const weighed = group.terms.some((term) => term.weight !== null && term.weight !== 0 && term.weight !== 1);
  const readout = make("p", {
    class: "readout quiet",
    text: weighed ? "patch × kernel = products; each cell of the patch leads on" : "the window; each cell leads on",
  });
  const tell = (term) => {
    readout.textContent = weighed
      ? `${number(term.value)} × ${number(term.weight)} = ${number(term.product)}`
      : number(term.value);
  };
  const one = (key) => {
    const largest = Math.max(...group.terms.map((term) => Math.abs(term[key] ?? 0)));
    const numbered = group.terms.length <= NUMBERED;
    return make(
      "div",
      {
        class: `grid${numbered ? ` numbered wide-${group.columns}` : ""}`,
        style: `grid-template-columns:repeat(${group.columns},auto)`,
      },
      group.terms.map((term) =>
        gridCell(term, { key, group, largest, numbered, tell, won: !weighed && term.weight === 1 }),
      ),
    );
  };
  const pieces = weighed ? [one("value"), sign("×"), one("weight"), sign("="), one("product")] : [one("value")];
  pieces[0].classList.add("patch-grid");
  return make("div", {}, make("div", { class: "grids" }, pieces), readout);
}

function gridCell(term, { key, group, largest, numbered, tell, won }) {
  const colour = shade(term[key] ?? 0, largest);
  const padding = term.cell.slice(1).some((at, i) => at >= group.high[i] || at < group.low[i]);
  const properties = {
    class: `cell${won ? " won" : ""}${padding ? " padding" : ""}`,
    style: `background:${css(colour)};color:${inkOn(colour)}`,
    text: numbered ? short(term[key]) : "",
    title: padding ? "padding" : undefined,
    onpointerenter: () => tell(term),
    onfocus: () => tell(term),
  };
  if (key !== "value" || padding) return make("span", properties);
  const what = `${group.source}, ${label(term.cell)}: ${number(term.value)}${won ? ", the largest" : ` times ${number(term.weight)}`}`;
  return make("a", { ...properties, href: link(cellPath(group.source, term.cell)), "aria-label": what });
}

// Terms one below the other; where they are votes, by the names of their classes.
function list(group, classes) {
  const told = group.terms.slice(0, LISTED);
  const more = group.terms.length + group.left_out - told.length;
  const weighed = told.some((term) => term.weight !== null);
  const cells = (term) =>
    weighed
      ? [
          make("td", { text: number(term.value) }),
          make("td", { class: "quiet", text: "×" }),
          make("td", { text: number(term.weight) }),
          make("td", { class: "quiet", text: "=" }),
          make("td", { text: number(term.product) }),
        ]
      : [
          make("td", { text: number(term.value) }),
          make("td", { class: "quiet", text: term.product === null ? "" : "→" }),
          make("td", { text: term.product === null ? "" : number(term.product) }),
        ];
  const words = (term) => (classes ? classes[term.cell[0]] : label(term.cell));
  const name = (term) =>
    group.source === "pixels"
      ? label(term.cell)
      : make("a", { href: link(cellPath(group.source, term.cell)), text: words(term) });
  return make(
    "div",
    {},
    make(
      "table",
      { class: "terms patch-grid" },
      make(
        "tbody",
        {},
        told.map((term) => make("tr", {}, make("th", { scope: "row" }, name(term)), cells(term))),
      ),
    ),
    more > 0 && make("p", { class: "quiet small", text: `and ${whole(more)} smaller ones` }),
  );
}
