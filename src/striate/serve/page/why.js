// Which pixels spoke for a class: a map that had to pass a test, laid over the picture; grey where it failed.

import { disturbance } from "./address.js";
import { get } from "./api.js";
import { paintPicture } from "./draw.js";
import { make } from "./elements.js";

const PAUSE = 400; // milliseconds: the maps come first, and whoever passes by asks for nothing

export function drawWhy(id, k) {
  const words = make("figcaption", { class: "quiet small", text: "looking which pixels spoke …" });
  const hold = make("figure", { class: "why", "aria-live": "polite" }, words);
  const asked = disturbance();
  new Promise((resolve) => setTimeout(resolve, PAUSE))
    .then(() => (hold.isConnected ? get(`api/inputs/${id}/why`, { k, ...asked }) : null))
    .then((found) => {
      if (found === null) return;
      const canvas = make("canvas", { role: "img", "aria-label": found.words });
      paintPicture(canvas, found.picture, found.shape);
      hold.prepend(canvas);
      words.textContent = `${found.words}.`;
    })
    .catch((fault) => (words.textContent = fault.message));
  return hold;
}
