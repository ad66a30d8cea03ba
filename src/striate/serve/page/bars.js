// The answer: classes with their probabilities as bars, the likeliest first, each leading to its votes.

import { link } from "./address.js";
import { make, percent } from "./elements.js";

export function drawBars(list, answers) {
  list.replaceChildren(...answers.map(bar));
}

function bar(one) {
  const share = percent(one.probability);
  return make(
    "li",
    {},
    make(
      "a",
      {
        href: link(["network", "votes", String(one.k)]),
        "data-votes": one.k,
        "aria-label": `${one.label}: ${share}; what spoke for and against it`,
      },
      make("span", { class: "label", text: one.label }),
      make("span", { class: "track" }, make("span", { class: "bar", style: `width:${100 * one.probability}%` })),
      make("span", { class: "value", text: share }),
    ),
  );
}
