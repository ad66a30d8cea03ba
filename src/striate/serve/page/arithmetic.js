// The arithmetic panel: patch × kernel → products → sum → bias → value, and what follows. Only the server's numbers.

import { link } from "./address.js";
import { css, inkOn, shade } from "./colour.js";
import { make, number, whole } from "./elements.js";
import { label } from "./votes.js";

const LISTED = 12; // terms of a group without places that are told
const LARGEST_GRID = 144; // cells of a patch that are drawn one by one
const NUMBERED = 25; // cells of a patch up to which each shows its number

export function cellPath(layer, cell) {
  if (cell.length === 1) return ["network", layer, "unit", String(cell[0])];
  return ["network", layer, "map", String(cell[0]), "cell", cell.slice(1).join(",")];
}

export function arithmetic(unfolded, { look, model, focus }) {
  const title = unfolded.layer === "probability" ? `probability of ${model.classes[unfolded.cell[0]]}` : `${unfolded.layer} · ${label(unfolded.cell)}`;
  return make(
    "div",
    { class: "pane words sum" },
    make("h2", { text: title }),
    make("p", { class: "quiet" }, make("code", { text: unfolded.text }), ` ${unfolded.rule}`),
    unfolded.groups.map((group, i) => groupRow(group, unfolded, focus, i === 0)),
    total(unfolded, look, model),
  );
}

function groupRow(group, unfolded, focus, first) {
  const name = group.source === "pixels" ? "the pixel" : group.channel < 0 ? group.source : `${group.source} · map ${group.channel}`;
  const grid = group.rows > 0 && group.terms.length > 1 && group.terms.length <= LARGEST_GRID;
  const sums = unfolded.groups.length + unfolded.others > 1;
  return make(
    "div",
    { class: "group" },
    make(
      "div",
      { class: "group-head" },
      group.rows > 1
        ? make("button", { type: "button", class: "plain linkish", text: name, "aria-label": `Show ${name}`, onclick: () => focus(group) })
        : make("span", { text: name }),
      sums && make("span", { class: "value", text: `adds ${number(group.total)}` }),
    ),
    grid ? grids(group, first) : list(group),
  );
}

// Patch, kernel and products as three small grids; a pool shows its window, the winner marked.
function grids(group, first) {
  const weighed = group.terms.some((term) => term.weight !== null && term.weight !== 0 && term.weight !== 1);
  const pooled = !weighed;
  const size = (key) => Math.max(...group.terms.map((term) => Math.abs(term[key] ?? 0)));
  const readout = make("p", { class: "readout", text: "" });
  const tell = (term) => {
    readout.textContent = weighed ? `${number(term.value)} × ${number(term.weight)} = ${number(term.product)}` : number(term.value);
  };
  const one = (key, links) => {
    const largest = size(key);
    return make(
      "div",
      { class: `grid${group.terms.length <= NUMBERED ? " numbered" : ""}`, style: `grid-template-columns:repeat(${group.columns},auto)` },
      group.terms.map((term) => {
        const colour = shade(term[key] ?? 0, largest);
        const won = pooled && term.weight === 1 ? " won" : "";
        const padding = term.cell.some((at) => at < 0) || isBeyond(term, group) ? " padding" : "";
        const properties = {
          class: `cell${won}${padding}`,
          style: `background:${css(colour)};color:${inkOn(colour)}`,
          text: group.terms.length <= NUMBERED ? number(term[key]) : "",
          onpointerenter: () => tell(term),
          onfocus: () => tell(term),
        };
        if (!links || padding) return make("span", properties);
        const what = `${group.source} ${label(term.cell)}: ${number(term.value)}${weighed ? ` times ${number(term.weight)}` : won ? ", the largest" : ""}`;
        return make("a", { ...properties, href: link(cellPath(group.source, term.cell)), "aria-label": what });
      }),
    );
  };
  const pieces = weighed
    ? [one("value", true), sign("×"), one("weight", false), sign("="), one("product", false)]
    : [one("value", true)];
  if (first) pieces[0].classList.add("patch-grid");
  return make(
    "div",
    {},
    make("div", { class: "grids" }, pieces),
    weighed && first && make("p", { class: "quiet small grid-names" }, "patch × kernel = products; each cell of the patch leads on"),
    readout,
  );
}

const isBeyond = (term, group) => term.cell.slice(1).some((at, i) => at >= group.high[i] || at < group.low[i]);
const sign = (text) => make("span", { class: "sign", text, "aria-hidden": "true" });

function list(group) {
  const terms = group.rows > 0 ? [...group.terms].sort((a, b) => Math.abs(b.product ?? 0) - Math.abs(a.product ?? 0)) : group.terms;
  const told = terms.slice(0, LISTED);
  const more = terms.length + group.left_out - told.length;
  return make(
    "div",
    {},
    make(
      "table",
      { class: "terms" },
      make(
        "tbody",
        {},
        told.map((term) =>
          make(
            "tr",
            {},
            make("th", { scope: "row" }, group.source === "pixels" ? label(term.cell) : make("a", { href: link(cellPath(group.source, term.cell)), text: label(term.cell) })),
            make("td", { text: number(term.value) }),
            make("td", { class: "quiet", text: term.weight === null ? (term.product === null ? "" : "→") : "×" }),
            make("td", { text: term.weight === null ? "" : number(term.weight) }),
            make("td", { class: "quiet", text: term.weight === null ? "" : "=" }),
            make("td", { text: term.product === null ? "" : number(term.product) }),
          ),
        ),
      ),
    ),
    more > 0 && make("p", { class: "quiet small", text: `and ${whole(more)} smaller ones` }),
  );
}

function total(unfolded, look, model) {
  const sums = unfolded.sum !== null && unfolded.terms > 1 && unfolded.layer !== "probability";
  const { bias, ...constants } = unfolded.constants;
  const row = (what, value, name = "") =>
    make("tr", { class: name }, make("th", { scope: "row" }, what), make("td", { text: number(value) }));
  const weighs = sums && !unfolded.rule.startsWith("the largest");
  return make(
    "div",
    { class: "total" },
    make(
      "table",
      {},
      make(
        "tbody",
        {},
        unfolded.others > 0 && row(`${whole(unfolded.others)} other maps add`, unfolded.rest),
        weighs && row(`all ${whole(unfolded.terms)} products`, unfolded.sum),
        bias !== undefined && row("+ bias", bias),
        Object.entries(constants).map(([name, value]) => row(name, value)),
        row(make("strong", { text: "=" }), unfolded.value, "final"),
        unfolded.then.map((step) => row(make("a", { href: link(cellPath(step.layer, step.cell)), text: `then ${step.layer}` }), step.value)),
      ),
    ),
    make("p", { class: "quiet small", text: `Computed anew in float64; the network (float32) has ${number(unfolded.network)}: the two differ by ${number(unfolded.difference)} of what was added up.` }),
  );
}
