// The teaching walk: nine steps from pictures that do not match to a network that learns before one's eyes.

import { link } from "./address.js";
import { get } from "./api.js";
import { css, inkOn, shade } from "./colour.js";
import { make, number, percent } from "./elements.js";
import { chart } from "./chart.js";
import { trying } from "./trying.js";

const STEPS = [
  "Comparing pictures fails",
  "Features",
  "Convolution by hand",
  "Pooling",
  "ReLU",
  "Stacking",
  "Votes",
  "Error, and nudging it down",
  "Your own network, live",
];

let lesson;
let parts;
let leaveStep = () => {};

export function enter(view) {
  parts = { list: make("ol", { class: "steps" }), body: make("article", { class: "lesson" }) };
  view.append(
    make("h1", { class: "hidden", text: "Learn" }),
    make("div", { class: "walk" }, make("nav", { "aria-label": "Steps" }, parts.list), parts.body),
  );
  return () => leaveStep();
}

export async function update([text = "1"]) {
  lesson ??= await readLesson();
  leaveStep();
  leaveStep = () => {};
  const step = Math.min(STEPS.length, Math.max(1, Number(text) || 1));
  parts.list.replaceChildren(
    ...STEPS.map((name, i) =>
      make(
        "li",
        {},
        make("a", {
          href: link(["learn", String(i + 1)]),
          "aria-current": i + 1 === step ? "step" : undefined,
          text: name,
        }),
      ),
    ),
  );
  const content = PAGES[step - 1]();
  parts.body.replaceChildren(
    make("h2", { text: STEPS[step - 1] }),
    ...content,
    make(
      "p",
      { class: "turns" },
      step > 1 && make("a", { href: link(["learn", String(step - 1)]), text: `‹ ${STEPS[step - 2]}` }),
      step < STEPS.length &&
        make("a", { class: "onward", href: link(["learn", String(step + 1)]), text: `${STEPS[step]} →` }),
    ),
  );
}

// All numbers of the walk; what is known of one feature in one place.
async function readLesson() {
  const found = await get("api/lesson");
  return { ...found, filtered: found.worked.map(({ filtered, ...more }) => ({ ...filtered, ...more })) };
}

const p = (...text) => make("p", {}, ...text);

// Numbers in a grid of coloured cells; `on` reacts to a cell under pointer, focus or finger.
export function grid(values, { largest = 1, numbered = true, name, on, marked, size = "" }) {
  const element = make("div", {
    class: `grid ${size}${numbered ? " numbered" : ""}`,
    role: "img",
    "aria-label": name,
    style: `grid-template-columns:repeat(${values[0].length},auto)`,
  });
  if (on) element.setAttribute("role", "group");
  values.forEach((row, y) =>
    row.forEach((value, x) => {
      const colour = shade(value, largest);
      const text = numbered
        ? value.toFixed(Number.isInteger(value) && largest === 1 && on === undefined ? 0 : 2).replace("-", "−")
        : "";
      const properties = {
        class: `cell${marked?.(y, x) ? " marked" : ""}`,
        style: `background:${css(colour)};color:${inkOn(colour)}`,
        text,
      };
      if (on) {
        const react = () => on(y, x);
        element.append(
          make("button", {
            ...properties,
            type: "button",
            "aria-label": `row ${y}, column ${x}: ${number(value)}`,
            onpointerenter: react,
            onfocus: react,
            onclick: react,
          }),
        );
      } else element.append(make("span", properties));
    }),
  );
  return element;
}

const figure = (caption, ...content) => make("figure", { class: "shown" }, content, make("figcaption", {}, caption));
const arrow = () => make("span", { class: "sign", "aria-hidden": "true", text: "→" });

const PAGES = [comparing, features, convolving, pooling, rectifying, stacking, voting, learning, living];

function comparing() {
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

function features() {
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

function convolving() {
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

function chain(stages) {
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

function pooling() {
  return [
    p(
      "Walk over the map in windows of 2 × 2 and keep the largest value of each. The map shrinks, and it matters less where exactly a feature lies: half of the trouble with comparing pictures is gone.",
    ),
    chain([
      ["matches", "matches", "middle"],
      ["pooled", "pooled, 2 × 2", "middle"],
    ]),
    p("The windows at the border are cut off, but count: seven rows become four."),
  ];
}

function rectifying() {
  return [
    p(
      "Then every negative number becomes 0. That a feature is ",
      make("em", { text: "not" }),
      " here is no news; and without such a bend, any number of layers would be no more than one.",
    ),
    chain([
      ["pooled", "pooled", "middle"],
      ["rectified", "after ReLU", "middle"],
    ]),
  ];
}

function stacking() {
  return [
    p(
      "The maps of one layer are the pictures of the next. Layers are stacked: convolution, ReLU, pooling, again and again. The maps get smaller, and each cell sees more of the picture.",
    ),
    chain([
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

function ballot(one, note) {
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

function voting() {
  return [
    p(
      "Every one of the twelve numbers votes for X and for O, with a weight of its own: its value times the weight. The votes are added up, and the softmax makes probabilities of the sums: exp of each, divided by their total.",
    ),
    p("At first all weights are 0. Nobody knows anything, and both classes get one half:"),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Votes before learning" },
      lesson.before.map((one) => ballot(one, "before learning")),
    ),
    p("After learning (the next step shows how), the same numbers vote like this:"),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Votes after learning" },
      lesson.after.map((one) => ballot(one, "after learning")),
    ),
  ];
}

function learning() {
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

function living() {
  const { content, leave } = trying();
  leaveStep = leave;
  return [
    p(
      "What is left to you: how many layers, which, how wide. Change the line; see shapes and costs change; train it on X's and O's and watch the first layer's kernels form.",
    ),
    content,
  ];
}
