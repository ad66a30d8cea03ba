// Curves in SVG: scaled to their frame, drawn in the house's colours, told apart by dashes as well.

import { make, number } from "./elements.js";

const WIDTH = 460;
const HEIGHT = 220;
const EDGE = { left: 46, right: 12, top: 12, bottom: 30 };

// `curves`: [{ name, values: [[x, y], ...], kind }]; `unit` stands at the axis.
export function chart(title, curves, { unit, top, floor = 0 }) {
  const points = curves.flatMap((curve) => curve.values);
  const right = Math.max(1, ...points.map(([x]) => x));
  const left = Math.min(right - 1, ...points.map(([x]) => x));
  const high = top ?? Math.max(1e-9, ...points.map(([, y]) => y));
  const x = (value) => EDGE.left + ((value - left) / (right - left)) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value) => HEIGHT - EDGE.bottom - ((value - floor) / (high - floor)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const svg = make("svg", {
    class: "chart",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": describe(title, curves),
  });
  for (const share of [0, 0.5, 1]) {
    const value = floor + share * (high - floor);
    svg.append(make("line", { class: "tick", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) }));
    svg.append(make("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end", text: number(value) }));
  }
  svg.append(make("text", { x: EDGE.left, y: HEIGHT - 8, text: `${left}` }));
  svg.append(make("text", { x: WIDTH - EDGE.right, y: HEIGHT - 8, "text-anchor": "end", text: `${right} ${unit}` }));
  curves.forEach((curve, i) => {
    const name = `curve c${(curve.kind ?? i) % 6}`;
    svg.append(make("polyline", { class: name, points: curve.values.map(([a, b]) => `${x(a)},${y(b)}`).join(" ") }));
    const [lastX, lastY] = curve.values.at(-1) ?? [];
    if (lastX !== undefined) svg.append(make("circle", { class: name, cx: x(lastX), cy: y(lastY), r: 3 }));
  });
  const key = make(
    "ul",
    { class: "key" },
    curves.map((curve, i) =>
      make(
        "li",
        {},
        make(
          "svg",
          { viewBox: "0 0 24 8", "aria-hidden": "true" },
          make("line", { class: `curve c${(curve.kind ?? i) % 6}`, x1: 0, x2: 24, y1: 4, y2: 4 }),
        ),
        curve.name,
      ),
    ),
  );
  return make("figure", { class: "charted" }, make("figcaption", { text: title }), svg, curves.length > 1 && key);
}

function describe(title, curves) {
  const ends = curves
    .filter((curve) => curve.values.length)
    .map((curve) => `${curve.name} ends at ${number(curve.values.at(-1)[1])}`);
  return `${title}: ${ends.join("; ") || "nothing yet"}`;
}
