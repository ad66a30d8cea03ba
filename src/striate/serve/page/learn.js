// The teaching walk: nine steps from pictures that do not match to a network that learns before one's eyes.

import { link } from "./address.js";
import { get } from "./api.js";
import { convolving } from "./byhand.js";
import { learning, voting } from "./deciding.js";
import { make } from "./elements.js";
import { p } from "./grid.js";
import { comparing, features, pooling, rectifying, stacking } from "./steps.js";
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
  const content = PAGES[step - 1](lesson);
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

const PAGES = [comparing, features, convolving, pooling, rectifying, stacking, voting, learning, living];

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
