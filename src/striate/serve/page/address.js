// Every view has its own address: #/network/conv2/map/3/cell/4,5?input=example-7&rotate=12

const SLIDERS = ["right", "down", "scale", "rotate", "blur", "noise"];

export function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

// The input that is looked at, and how it is disturbed: they go along from view to view.
export function seen(query = read().query) {
  const kept = {};
  for (const name of ["input", ...SLIDERS]) if (query.has(name)) kept[name] = query.get(name);
  return kept;
}

export function disturbance(query = read().query) {
  const { input, ...rest } = seen(query);
  return rest;
}

// All sliders back to where they do nothing, for a link to another input.
export const undisturbed = () => Object.fromEntries(SLIDERS.map((name) => [name, ""]));

export function link(parts, extra = {}) {
  const query = new URLSearchParams({ ...seen(), ...extra });
  for (const [name, value] of [...query]) if (value === "" || value === "undefined") query.delete(name);
  return `#/${parts.map(encodeURIComponent).join("/").replaceAll("%2C", ",")}${query.size ? `?${query}` : ""}`;
}

export function go(parts, extra = {}) {
  location.hash = link(parts, extra);
}

// Change the address without drawing the view anew.
export function note(parts, extra = {}) {
  history.replaceState(null, "", link(parts, extra));
}
