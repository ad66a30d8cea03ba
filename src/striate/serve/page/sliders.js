// The sliders, each under the probability of the present answer over its whole range, and where another one wins.

import { make, number } from "./elements.js";

const NAMES = { right: "shift right", down: "shift down" };
const WIDTH = 100; // of the strip above a slider, in its own units
const HEIGHT = 22;

// `sliders` are the server's ranges by name; `moved` is called when one was moved by hand.
export function makeSliders(sliders, moved) {
  const rows = Object.fromEntries(Object.entries(sliders).map(([name, slider]) => [name, row(name, slider, moved)]));
  return {
    element: make(
      "div",
      { class: "sliders" },
      Object.values(rows).map((one) => one.element),
    ),
    names: Object.keys(rows),
    // Put every slider where `places` says, or where it does nothing.
    set: (places) => {
      for (const [name, one] of Object.entries(rows)) one.set(places[name] ?? sliders[name].neutral);
    },
    // Where the sliders stand, as an address writes it: "" where one does nothing.
    places: () =>
      Object.fromEntries(
        Object.entries(rows).map(([name, one]) => [
          name,
          Number(one.range.value) === sliders[name].neutral ? "" : one.range.value,
        ]),
      ),
    tell: (found, said) => rows[found.slider].tell(found, said),
  };
}

const shown = (value) => String(value).replace("-", "−");

function row(name, slider, moved) {
  const value = make("output", { for: `slider-${name}`, text: shown(slider.neutral) });
  const strip = make("svg", {
    class: "sweep",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  const words = make("p", { class: "quiet small turn", id: `turn-${name}`, text: " " });
  const range = make("input", {
    type: "range",
    id: `slider-${name}`,
    min: slider.low,
    max: slider.high,
    step: slider.step,
    value: slider.neutral,
    "aria-describedby": `turn-${name}`,
    oninput: () => {
      value.textContent = shown(range.value);
      moved();
    },
  });
  const unit = make("span", { class: "quiet small", text: ` ${slider.unit}` });
  const label = make("label", { for: `slider-${name}` }, NAMES[name] ?? name, unit);
  return {
    element: make("div", { class: "slider" }, label, value, strip, range, words),
    range,
    set: (to) => {
      range.value = to;
      value.textContent = shown(to);
    },
    tell: (found, said) => {
      strip.replaceChildren(...marks(found, said));
      words.textContent = tellTurns(found);
    },
  };
}

function tellTurns(found) {
  const turns = found.turns.map((turn) => `at ${number(turn)} it says ${found.answers[found.values.indexOf(turn)]}`);
  return turns.length ? turns.join(", ") : "nothing here changes its mind";
}

// A line for the probability of what is said now, and a field where something else is said.
function marks(found, said) {
  const width = WIDTH / (found.values.length - 1);
  const y = (probability) => HEIGHT - 1 - (HEIGHT - 2) * probability;
  const others = found.answers.flatMap((answer, i) =>
    answer === said ? [] : [make("rect", { class: "other", x: (i - 0.5) * width, y: 0, width, height: HEIGHT })],
  );
  const points = found.probabilities.map((probability, i) => `${i * width},${y(probability)}`);
  return [...others, make("polyline", { points: points.join(" ") })];
}
