// Elements, numbers as people read them, and words for those who listen.

export function make(tag, properties = {}, ...children) {
  const svg = ["svg", "path", "line", "rect", "polyline", "circle", "text", "g"].includes(tag);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

// A number with about three digits; a true minus sign; – where there is none.
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  let text;
  if (size === 0) text = "0";
  else if (size < 0.0005) text = value.toExponential(1).replace("e", "·10^").replace("+", "");
  else if (size < 10) text = value.toFixed(size < 1 ? 3 : 2);
  else if (size < 1000) text = value.toFixed(1);
  else text = Math.round(value).toLocaleString("en");
  return superscript(text).replace(/-/g, "−");
}

// A number for a small cell: two decimals below 10.
export function short(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  const text = size === 0 ? "0" : size < 10 ? value.toFixed(2) : size < 100 ? value.toFixed(1) : value.toFixed(0);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

function superscript(text) {
  const [left, power] = text.split("^");
  if (power === undefined) return text;
  return left + [...power].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻").join("");
}

export const whole = (value) => value.toLocaleString("en");
export const shapeText = (shape) => shape.join(" × ");

export function percent(value) {
  if (value === null || value === undefined) return "–";
  const text = (100 * value).toFixed(1);
  return `${(text === "100.0" && value < 1) || (text === "0.0" && value > 0) ? (100 * value).toFixed(2) : text} %`;
}

// Say something to a screen reader.
export function say(text) {
  document.getElementById("said").textContent = text;
}

// A fault as its three parts: what must hold, what came, what to do.
export function faultBox(fault) {
  const lines = String(fault.message).split("\n");
  return make(
    "div",
    { class: "fault", role: "alert" },
    make("p", { text: lines[0] }),
    lines.length > 1 && make("pre", { text: lines.slice(1).join("\n") }),
  );
}
