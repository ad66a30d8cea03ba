// The page: one view at a time, chosen by the address.

import { read, link } from "./address.js";
import { get } from "./api.js";
import { isDark } from "./colour.js";
import { faultBox, say, whole } from "./elements.js";

const VIEWS = {
  network: () => import("./network.js"),
  input: () => import("./input.js"),
  learn: () => import("./learn.js"),
  data: () => import("./data.js"),
  runs: () => import("./runs.js"),
};
const TITLES = { network: "Network", input: "Input", learn: "Learn", data: "Data", runs: "Runs" };
const view = document.getElementById("view");
let model = null;
let shown = "";
let turns = 0; // addresses seen; only the latest is drawn
let leave = () => {};

async function draw() {
  const { parts, query } = read();
  const name = VIEWS[parts[0]] ? parts[0] : "network";
  const turn = ++turns;
  const chosen = await VIEWS[name]();
  if (turn !== turns) return;
  if (name !== shown) {
    const moved = shown !== "";
    leave();
    view.replaceChildren();
    shown = name;
    document.title = `${TITLES[name]} · ${model.name} · Striate`;
    leave = chosen.enter(view, model) ?? (() => {});
    if (moved) view.focus({ preventScroll: true }); // so that what comes next is read from its beginning
  }
  for (const one of document.querySelectorAll("nav [data-view]")) {
    one.toggleAttribute("aria-current", false);
    if (one.dataset.view === name) one.setAttribute("aria-current", "page");
    one.href = link([one.dataset.view, ...(one.dataset.view === "learn" ? ["1"] : [])]);
  }
  try {
    await chosen.update(parts.slice(1), query);
  } catch (fault) {
    if (fault.name === "AbortError") return;
    view.querySelector(":scope > .fault")?.remove();
    view.prepend(faultBox(fault));
    say(fault.message);
    return;
  }
  view.querySelector(":scope > .fault")?.remove();
}

function redraw() {
  shown = "";
  nameTheme();
  draw();
}

const theme = document.getElementById("theme");

function nameTheme() {
  theme.textContent = isDark() ? "Light" : "Dark";
  theme.setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colours`);
}

theme.addEventListener("click", () => {
  const chosen = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = chosen;
  localStorage.setItem("theme", chosen);
  redraw();
});

document.getElementById("skip").addEventListener("click", () => view.focus());
document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "";
if (!document.documentElement.dataset.theme) delete document.documentElement.dataset.theme;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
nameTheme();

try {
  VIEWS[read().parts[0] ?? "network"]?.(); // on its way while the model is read
  model = await get("api/model");
  document.getElementById("model").textContent =
    `${model.name} · ${whole(model.parameters)} parameters · ${whole(model.multiply_adds)} multiply-adds a picture`;
  addEventListener("hashchange", draw);
  await draw();
  get("api/data"); // so that it is open when it is asked for
} catch (fault) {
  view.replaceChildren(faultBox(fault));
}
