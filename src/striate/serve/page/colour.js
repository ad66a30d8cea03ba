// Values to colours: a diverging scale, even to the eye, blue below zero and orange above, the paper's own grey at zero.
// Made in Oklab (Ottosson 2020), where equal steps look equal; both ends have the same lightness.

const STEPS = 127; // on each side of zero
const ENDS = {
  light: { zero: [0.975, 0.002, 95], below: [0.43, 0.135, 252], above: [0.5, 0.15, 47] },
  dark: { zero: [0.24, 0.004, 260], below: [0.8, 0.125, 240], above: [0.8, 0.135, 65] },
};
const tables = {};
const packed = {};

export const isDark = () =>
  document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;

function toRgb([L, chroma, hue]) {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((x) => {
    const c = Math.min(1, Math.max(0, x));
    return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
  });
}

function makeTable(ends) {
  const table = [];
  for (let step = -STEPS; step <= STEPS; step++) {
    const share = Math.abs(step) / STEPS;
    const end = step < 0 ? ends.below : ends.above;
    const lightness = ends.zero[0] + (end[0] - ends.zero[0]) * share;
    table.push(toRgb([lightness, ends.zero[1] + (end[1] - ends.zero[1]) * share, end[2]]));
  }
  return table;
}

function table() {
  const name = isDark() ? "dark" : "light";
  return (tables[name] ??= makeTable(ENDS[name]));
}

// The same table as whole pixels, for canvases.
export function pixels() {
  const name = isDark() ? "dark" : "light";
  return (packed[name] ??= Uint32Array.from(table(), ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0));
}

// The place in the table of a value in a layer whose largest absolute value is `largest`.
export function step(value, largest) {
  const at = largest ? Math.round((STEPS * value) / largest) : 0;
  return Math.min(STEPS, Math.max(-STEPS, at)) + STEPS;
}

// The colour of a value in a layer whose largest absolute value is `largest`.
export function shade(value, largest) {
  return table()[step(value, largest)];
}

export const css = (rgb) => `rgb(${rgb.join(" ")})`;

// Ink that can be read on a colour: black or white, whichever stands out more (WCAG 2.2, relative luminance).
export function inkOn(rgb) {
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? "#000" : "#fff";
}

export function legendGradient() {
  const colours = table();
  const stops = [0, 32, 64, 96, 127, 158, 190, 222, 254].map((i) => css(colours[i]));
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}
