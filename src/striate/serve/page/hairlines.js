// Hairlines from the pixels to the patch, from the patch to its numbers, and from the sum to the cell.

import { make } from "./elements.js";

export function drawHairlines(desk) {
  desk.querySelector(":scope > svg.hairlines")?.remove();
  const panes = desk.querySelector(".panes.unfolded");
  if (!panes || getComputedStyle(panes).display !== "grid") return;
  const frame = desk.getBoundingClientRect();
  const place = (selector) => {
    const box = desk.querySelector(selector)?.getBoundingClientRect();
    return (
      box && {
        left: box.left - frame.left,
        right: box.right - frame.left,
        top: box.top - frame.top,
        bottom: box.bottom - frame.top,
      }
    );
  };
  const svg = make("svg", { class: "hairlines", "aria-hidden": "true" });
  const join = (from, to) => {
    if (!from || !to) return;
    for (const edge of ["top", "bottom"]) {
      svg.append(make("line", { x1: from.right, y1: from[edge], x2: to.left, y2: to[edge] }));
    }
  };
  const field = place(".box.field");
  const patch = place(".box.patch");
  const numbers = place(".patch-grid");
  join(field, patch ?? numbers);
  join(patch, numbers);
  const final = place(".equation .final");
  const cell = place(".box.cell");
  if (final && cell) {
    const middle = (final.top + final.bottom) / 2;
    const end = (cell.top + cell.bottom) / 2;
    svg.append(
      make("path", {
        d: `M${final.right + 6} ${middle} C${final.right + 90} ${middle} ${cell.left - 90} ${end} ${cell.left} ${end}`,
      }),
    );
  }
  desk.append(svg);
}
