// The last steps before one's own network: votes, the error, and how it is brought down.

import { chart } from "./chart.js";
import { css, inkOn, shade } from "./colour.js";
import { make, number, percent } from "./elements.js";
import { p } from "./grid.js";

// The votes of the tiny network on one picture, product by product.
function ballot(lesson, one, note) {
  return make(
    "table",
    { class: "ballot" },
    make("caption", {}, make("strong", { text: `the ${one.name}` }), ` ${note}`),
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        make("th", { scope: "col", text: "" }),
        one.values.map((_, i) => make("th", { scope: "col", text: i + 1 })),
        make("th", { scope: "col", text: "sum" }),
        make("th", { scope: "col", text: "probability" }),
      ),
    ),
    make(
      "tbody",
      {},
      make(
        "tr",
        { class: "quiet" },
        make("th", { scope: "row", text: "value" }),
        one.values.map((value) => make("td", { text: value.toFixed(2) })),
        make("td"),
        make("td"),
      ),
      one.products.map((row, k) =>
        make(
          "tr",
          {},
          make("th", { scope: "row", text: `for ${lesson.classes[k]}` }),
          row.map((value) => tinted(value)),
          make("td", {}, make("strong", { text: one.totals[k].toFixed(2).replace("-", "−") })),
          make("td", { text: percent(one.probabilities[k]) }),
        ),
      ),
    ),
  );
}

function tinted(value) {
  const colour = shade(value, 2);
  return make("td", {
    style: `background:${css(colour)};color:${inkOn(colour)}`,
    text: value.toFixed(2).replace("-", "−"),
  });
}

export function voting(lesson) {
  return [
    p(
      "Every one of the twelve numbers votes for X and for O, with a weight of its own: its value times the weight. The votes are added up, and the softmax makes probabilities of the sums: exp of each, divided by their total.",
    ),
    p("At first all weights are 0. Nobody knows anything, and both classes get one half:"),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Votes before learning" },
      lesson.before.map((one) => ballot(lesson, one, "before learning")),
    ),
    p("After learning (the next step shows how), the same numbers vote like this:"),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Votes after learning" },
      lesson.after.map((one) => ballot(lesson, one, "after learning")),
    ),
  ];
}

export function learning(lesson) {
  const { nudged, learned } = lesson;
  const slopes = nudged.backward.map((value, i) => [value, nudged.measured[i]]);
  return [
    p(
      "How wrong is the network? For each example take −log of the probability that it gave the truth, and average: the ",
      make("em", { text: "error" }),
      ", here over an X and an O at nine places each. It is ",
      make("strong", { text: number(nudged.error) }),
      " at first, which is log 2.",
    ),
    p(
      `Nudge one weight, number ${nudged.weight + 1}, by ${number(nudged.amount)}: up, and the error is `,
      make("strong", { text: number(nudged.up) }),
      "; down, and it is ",
      make("strong", { text: number(nudged.down) }),
      ". Keep the better. Do so with every weight, again and again, and the error falls. That is learning.",
    ),
    p(
      "But it needs two runs of the network for every weight. ",
      make("em", { text: "Backpropagation" }),
      " finds the slope of the error at all weights in one pass back. The two agree: for all 24 weights the measured slope and the one passed back differ by at most ",
      make("strong", { text: number(nudged.apart) }),
      ".",
    ),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Slopes" },
      make(
        "table",
        { class: "ballot" },
        make("caption", { text: "slope of the error at each weight" }),
        make(
          "tbody",
          {},
          ["passed back", "measured"].map((name, row) =>
            make(
              "tr",
              {},
              make("th", { scope: "row", text: name }),
              slopes.slice(0, 12).map((pair) => make("td", { text: number(pair[row]) })),
            ),
          ),
        ),
      ),
    ),
    chart(
      "error, nats",
      [
        {
          name: `nudging: ${learned.nudging_runs} runs of the network`,
          values: learned.nudging.map((value, i) => [i, value]),
        },
        {
          name: `down the slope: ${learned.gradient_runs} runs there and back`,
          values: learned.gradient.map((value, i) => [i, value]),
        },
      ],
      { unit: "rounds" },
    ),
  ];
}
