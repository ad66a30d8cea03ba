// A bar that swings to the left of a line for what speaks against, to the right for what speaks for.

import { make } from "./elements.js";

export function swing(total, largest) {
  const share = largest ? (50 * Math.abs(total ?? 0)) / largest : 0;
  return make(
    "td",
    { class: "axis" },
    make("span", { class: `swing ${total < 0 ? "against" : "for"}`, style: `width:${share}%` }),
  );
}
