// Numbers in a grid of coloured cells, and figures made of them.

import { css, inkOn, shade } from "./colour.js";
import { make, number } from "./elements.js";

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

export const figure = (caption, ...content) =>
  make("figure", { class: "shown" }, content, make("figcaption", {}, caption));

export const arrow = () => make("span", { class: "sign", "aria-hidden": "true", text: "→" });

export const p = (...text) => make("p", {}, ...text);
