// One map, large, with its values under the pointer and under the keyboard's cursor.

import { go, link } from "./address.js";
import { floats, paintMap } from "./draw.js";
import { make, number, say } from "./elements.js";
import { box } from "./frame.js";
import { legend } from "./legend.js";
import { cellPath, shortName } from "./names.js";

// `chosen` is the cell that is unfolded beside it, or null.
export function largeMap(map, chosen) {
  const [height, width] = map.shape;
  const values = floats(map.values);
  const canvas = make("canvas", { "aria-hidden": "true" });
  paintMap(canvas, values, height, width, map.largest);
  const cursor = box("cursor", [0, 0], [1, 1], [height, width]);
  const read = make("p", { class: "readout" });
  let at = chosen ?? [0, 0];
  const show = (loud) => {
    cursor.style.cssText = box("", at, [at[0] + 1, at[1] + 1], [height, width]).style.cssText;
    const text = `row ${at[0]}, column ${at[1]}: ${number(values[at[0] * width + at[1]])}`;
    read.textContent = text;
    if (loud) say(text);
  };
  const open = () => go(cellPath(map.name, [map.channel, ...at]));
  const place = (event) => {
    const edge = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - edge.top) / edge.height) * height);
    const column = Math.floor(((event.clientX - edge.left) / edge.width) * width);
    return [Math.min(height - 1, Math.max(0, row)), Math.min(width - 1, Math.max(0, column))];
  };
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const frame = make(
    "div",
    {
      class: "frame large",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "map of values",
      "aria-label": `Map ${map.channel} of ${map.name}, ${height} rows, ${width} columns. Arrows move, Enter unfolds the cell.`,
      onpointermove: (event) => {
        at = place(event);
        show(false);
      },
      onpointerleave: () => {
        at = chosen ?? at;
        show(false);
      },
      onclick: (event) => {
        at = place(event);
        open();
      },
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          open();
        }
        const step = steps[event.key];
        if (!step) return;
        event.preventDefault();
        at = [Math.min(height - 1, Math.max(0, at[0] + step[0])), Math.min(width - 1, Math.max(0, at[1] + step[1]))];
        show(true);
      },
    },
    canvas,
    chosen && box("cell", chosen, [chosen[0] + 1, chosen[1] + 1], [height, width]),
    cursor,
  );
  show(false);
  return make(
    "figure",
    { class: "pane result" },
    make(
      "figcaption",
      { class: "head" },
      make("a", {
        href: link(["network", map.name, "map", String(map.channel)]),
        text: `${shortName(map.name)} · map ${map.channel}`,
      }),
    ),
    frame,
    read,
    legend(map.largest),
  );
}
