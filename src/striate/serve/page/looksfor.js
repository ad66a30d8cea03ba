// What a map looks for: its learned kernel where it reads the picture, and the parts of pictures that excite it most.

import { link, undisturbed } from "./address.js";
import { get } from "./api.js";
import { floats, paintMap, paintPicture } from "./draw.js";
import { make, number } from "./elements.js";
import { legend } from "./legend.js";
import { cellPath } from "./names.js";

// The learned kernel of a map that reads the picture itself, one canvas a colour.
export function kernelOf(map) {
  if (!map.kernel) return null;
  const values = floats(map.kernel);
  const [channels, height, width] = map.kernel_shape;
  const largest = Math.max(...values.map(Math.abs));
  const drawn = Array.from({ length: channels }, (_, c) => {
    const canvas = make("canvas", {
      role: "img",
      "aria-label": `kernel, colour ${c}: ${[...values.subarray(c * height * width, (c + 1) * height * width)].map(number).join(", ")}`,
    });
    paintMap(canvas, values.subarray(c * height * width, (c + 1) * height * width), height, width, largest);
    return canvas;
  });
  return make(
    "div",
    {},
    make("h3", {
      text: channels === 1 ? "Its kernel, as it was learned" : "Its kernel, as it was learned, for red, green and blue",
    }),
    make("div", { class: "kernel" }, drawn),
    legend(largest),
  );
}

// The parts of validation pictures that excite a map most, each leading to its cell.
export function patches(layer, channel) {
  const hold = make("div", { class: "patches", "aria-live": "polite" });
  const strip = make("div", { class: "strip" }, make("span", { class: "quiet small", text: "looking …" }));
  hold.append(make("h3", { text: "What it looks for: the parts of validation pictures that excite it most" }), strip);
  get("api/patches", { layer, channel })
    .then((found) =>
      strip.replaceChildren(
        ...found.map((one) => {
          const canvas = make("canvas", { "aria-hidden": "true" });
          paintPicture(canvas, one.picture, one.shape);
          return make(
            "a",
            {
              href: link(cellPath(layer, one.cell), { input: `example-${one.example}`, ...undisturbed() }),
              "aria-label": `example ${one.example}, a ${one.label}: ${number(one.value)}`,
            },
            canvas,
            make("span", { class: "small", text: `${one.label}: ${number(one.value)}` }),
          );
        }),
      ),
    )
    .catch((fault) => strip.replaceChildren(make("span", { class: "quiet small", text: fault.message })));
  return hold;
}
