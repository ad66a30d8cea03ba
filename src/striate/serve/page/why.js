// Which pixels spoke for a class: a map that had to pass a test, laid over the picture; grey where it failed.

import { disturbance } from "./address.js";
import { get } from "./api.js";
import { paintPicture } from "./draw.js";
import { make } from "./elements.js";

export function drawWhy(id, k) {
  const words = make("figcaption", { class: "quiet small", text: "looking which pixels spoke …" });
  const hold = make("figure", { class: "why", "aria-live": "polite" }, words);
  get(`api/inputs/${id}/why`, { k, ...disturbance() })
    .then((found) => {
      const canvas = make("canvas", { role: "img", "aria-label": found.words });
      paintPicture(canvas, found.picture, found.shape);
      hold.prepend(canvas);
      words.textContent = `${found.words}.`;
    })
    .catch((fault) => (words.textContent = fault.message));
  return hold;
}
