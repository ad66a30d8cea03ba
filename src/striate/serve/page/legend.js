// The scale of a layer: its colours, and the values at both ends.

import { legendGradient } from "./colour.js";
import { make, number } from "./elements.js";

export function legend(largest) {
  return make(
    "div",
    { class: "legend", "aria-label": `colours run from ${number(-largest)} to ${number(largest)}`, role: "img" },
    make("span", { class: "scale", style: `background:${legendGradient()}` }),
    make("span", { class: "ends" }, make("span", { text: number(-largest) }), make("span", { text: number(largest) })),
  );
}
