// The first steps of the walk: why comparing pictures fails, and what layers do instead.

import { link } from "./address.js";
import { make, number } from "./elements.js";
import { arrow, figure, grid, p } from "./grid.js";

export function comparing(lesson) {
  return [
    p(
      "A computer sees a picture as numbers: here ",
      make("strong", { text: "+1" }),
      " where it is white and ",
      make("strong", { text: "−1" }),
      " where it is black. The simplest idea is to keep one X and compare pixel by pixel: multiply what lies on top of each other, and average.",
    ),
    make(
      "div",
      { class: "side-by-side" },
      lesson.compared.map((one) =>
        figure(
          [make("strong", { text: number(one.agreement) }), ` ${one.name}`],
          grid(one.picture, { numbered: false, name: one.name, size: "small" }),
        ),
      ),
    ),
    p(
      "The same X gives 1. But moved by one pixel to the right, the X agrees less with itself than an O does; and an X that is turned, or drawn by another hand, is still an X. Whole pictures are too brittle to compare.",
    ),
  ];
}

export function features(lesson) {
  return [
    p(
      "Parts are sturdier than wholes. These three small pictures, ",
      make("em", { text: "features" }),
      ", are found in every X: an arm one way, the crossing, an arm the other way.",
    ),
    make(
      "div",
      { class: "side-by-side" },
      figure("the X", grid(lesson.x, { numbered: false, name: "the X", size: "small" })),
      lesson.filtered.map((one) => figure(one.name, grid(one.feature, { name: one.name, size: "big" }))),
    ),
    p(
      "A network has such features, called kernels, in its first layer. Nobody draws them: they are learned. Step nine shows them forming.",
    ),
  ];
}

// The three features, each through the same stages: [what, its caption, how large].
function chain(lesson, stages) {
  return make(
    "div",
    { class: "chains" },
    lesson.filtered.map((one) =>
      make(
        "div",
        { class: "chain" },
        stages.flatMap(([key, caption, size], i) => [
          i > 0 && arrow(),
          figure(
            i === 0 ? [make("strong", { text: one.name }), ` ${caption}`] : caption,
            grid(one[key], { name: `${one.name}, ${caption}`, size, numbered: size !== "tiny" }),
          ),
        ]),
      ),
    ),
  );
}

export function pooling(lesson) {
  return [
    p(
      "Walk over the map in windows of 2 × 2 and keep the largest value of each. The map shrinks, and it matters less where exactly a feature lies: half of the trouble with comparing pictures is gone.",
    ),
    chain(lesson, [
      ["matches", "matches", "middle"],
      ["pooled", "pooled, 2 × 2", "middle"],
    ]),
    p("The windows at the border are cut off, but count: seven rows become four."),
  ];
}

export function rectifying(lesson) {
  return [
    p(
      "Then every negative number becomes 0. That a feature is ",
      make("em", { text: "not" }),
      " here is no news; and without such a bend, any number of layers would be no more than one.",
    ),
    chain(lesson, [
      ["pooled", "pooled", "middle"],
      ["rectified", "after ReLU", "middle"],
    ]),
  ];
}

export function stacking(lesson) {
  return [
    p(
      "The maps of one layer are the pictures of the next. Layers are stacked: convolution, ReLU, pooling, again and again. The maps get smaller, and each cell sees more of the picture.",
    ),
    chain(lesson, [
      ["matches", "match", "small"],
      ["pooled", "pool", "small"],
      ["rectified", "ReLU", "small"],
      ["stacked", "pool again", "middle"],
    ]),
    p(
      "Here twelve numbers are left of 81 pixels. In your own network, follow any cell back to the pixels: ",
      make("a", { href: link(["network"]), text: "open the network" }),
      ".",
    ),
  ];
}
