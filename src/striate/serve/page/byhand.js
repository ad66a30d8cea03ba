// Convolution by hand: any place of the map of matches shows the products that made it.

import { make } from "./elements.js";
import { arrow, figure, grid, p } from "./grid.js";

export function convolving(lesson) {
  const hold = make("div", { class: "by-hand" });
  let which = 0;
  let at = [0, 0];
  const draw = () => {
    const one = lesson.filtered[which];
    const [y, x] = at;
    const products = one.products[y][x];
    const inPatch = (row, column) => row >= y && row < y + 3 && column >= x && column < x + 3;
    hold
      .querySelector(".worked")
      .replaceChildren(
        figure(
          "the X, and the place that is looked at",
          grid(lesson.x, { numbered: false, name: "the X", marked: inPatch, size: "middle" }),
        ),
        make("span", { class: "sign", text: "×" }),
        figure(one.name, grid(one.feature, { name: one.name, size: "middle" })),
        make("span", { class: "sign", text: "=" }),
        figure("products", grid(products, { name: "products", size: "middle" })),
        arrow(),
        figure([
          "their mean: ",
          make("strong", { class: "match", text: one.matches[y][x].toFixed(2).replace("-", "−") }),
        ]),
      );
    for (const cell of hold.querySelectorAll(".matches .cell")) cell.classList.remove("marked");
    hold.querySelectorAll(".matches .cell")[y * one.matches[0].length + x]?.classList.add("marked");
  };
  const drawMap = () => {
    const one = lesson.filtered[which];
    hold.querySelector(".matches").replaceChildren(
      figure(
        "the map of matches: choose any place",
        grid(one.matches, {
          name: `map of matches of the ${one.name}`,
          on: (y, x) => {
            at = [y, x];
            draw();
          },
        }),
      ),
    );
    draw();
  };
  const choice = make(
    "div",
    { class: "choice", role: "group", "aria-label": "Feature" },
    lesson.filtered.map((one, i) =>
      make("button", {
        type: "button",
        class: "plain",
        "aria-pressed": i === 0 ? "true" : "false",
        text: one.name,
        onclick: (event) => {
          which = i;
          for (const other of choice.children)
            other.setAttribute("aria-pressed", String(other === event.currentTarget));
          drawMap();
        },
      }),
    ),
  );
  hold.append(make("div", { class: "worked" }), make("div", { class: "matches" }));
  queueMicrotask(drawMap);
  return [
    p(
      "Lay the feature on the picture, multiply what lies on top of each other, add up, divide by nine: 1 is a perfect match, −1 its negative. Do that at every place, and you have a map of where the feature is. That is ",
      make("em", { text: "convolution" }),
      ".",
    ),
    choice,
    hold,
  ];
}
