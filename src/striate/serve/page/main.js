// The page: one view at a time, chosen by the address.

import { read, link } from "./address.js";
import { get } from "./api.js";
import { isDark } from "./colour.js";
import { faultBox, say, whole } from "./elements.js";
import * as data from "./data.js";
import * as input from "./input.js";
import * as learn from "./learn.js";
import * as network from "./network.js";
import * as runs from "./runs.js";

const VIEWS = { network, input, learn, data, runs };
const TITLES = { network: "Network", input: "Input", learn: "Learn", data: "Data", runs: "Runs" };
const view = document.getElementById("view");
let model = null;
let shown = "";
let leave = () => {};

async function draw() {
  const { parts, query } = read();
  const name = VIEWS[parts[0]] ? parts[0] : "network";
  const entered = name !== shown;
  if (entered) {
    leave();
    view.replaceChildren();
    view.className = `view-${name}`;
    shown = name;
    document.title = `${TITLES[name]} · ${model.name} · Striate`;
    leave = VIEWS[name].enter(view, model) ?? (() => {});
    if (document.activeElement?.dataset?.view !== name && performance.now() > 3000) view.focus({ preventScroll: true });
  }
  for (const one of document.querySelectorAll("nav [data-view]")) {
    one.toggleAttribute("aria-current", false);
    if (one.dataset.view === name) one.setAttribute("aria-current", "page");
    one.href = link([one.dataset.view, ...(one.dataset.view === "learn" ? ["1"] : [])]);
  }
  try {
    await VIEWS[name].update(parts.slice(1), query, model);
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
  model = await get("api/model");
  document.getElementById("model").textContent =
    `${model.name} · ${whole(model.parameters)} parameters · ${whole(model.multiply_adds)} multiply-adds a picture`;
  addEventListener("hashchange", draw);
  await draw();
} catch (fault) {
  view.replaceChildren(faultBox(fault));
}
