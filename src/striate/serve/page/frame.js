// A part of a picture or a map, marked on it.

import { make } from "./elements.js";

// The box [low, high) of a map of height x width, as an element that lies over it.
export function box(name, low, high, [height, width]) {
  const edges = [
    `top:${(100 * low[0]) / height}%`,
    `left:${(100 * low[1]) / width}%`,
    `height:${(100 * (high[0] - low[0])) / height}%`,
    `width:${(100 * (high[1] - low[1])) / width}%`,
  ];
  return make("span", { class: `box ${name}`, style: edges.join(";") });
}
