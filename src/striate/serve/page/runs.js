// The runs beside this one: curves side by side, live where training goes on, and what was done differently.

import { link } from "./address.js";
import { get } from "./api.js";
import { chart } from "./chart.js";
import { make, whole } from "./elements.js";

const MOST = 6; // runs that are compared at once

let runs;
let chosen;
let parts;
let streams = [];

export function enter(view) {
  runs = [];
  chosen = null;
  parts = { list: make("div"), charts: make("div", { class: "charts" }), differences: make("div") };
  view.append(
    make("h1", { text: "Runs" }),
    make("p", {
      class: "quiet",
      text: "Every training in the folder that this model's run lies in. Curves of a training that goes on grow as it does.",
    }),
    parts.list,
    parts.charts,
    parts.differences,
  );
  return stop;
}

function stop() {
  for (const stream of streams) stream.close();
  streams = [];
}

export async function update(_, query) {
  if (!runs.length) runs = await get("api/runs");
  const asked = query.get("runs");
  chosen = asked
    ? asked.split(",").filter((name) => runs.some((run) => run.name === name))
    : runs
        .filter((run) => run.here || run.state === "unfinished")
        .map((run) => run.name)
        .slice(0, MOST);
  drawList();
  drawCharts();
  listen();
  await drawDifferences();
}

function drawList() {
  const choose = (name, on) => {
    const next = on ? [...chosen, name].slice(-MOST) : chosen.filter((one) => one !== name);
    location.hash = link(["runs"], { runs: next.join(",") || "none" });
  };
  const rows = runs.map((run) =>
    make(
      "tr",
      {},
      make(
        "td",
        {},
        make("input", {
          type: "checkbox",
          id: `run-${run.name}`,
          checked: chosen.includes(run.name),
          onchange: (event) => choose(run.name, event.target.checked),
        }),
      ),
      make(
        "th",
        { scope: "row" },
        make("label", { for: `run-${run.name}`, text: run.name }),
        run.here && make("span", { class: "quiet", text: " this model" }),
      ),
      make("td", { text: run.figures["test accuracy"] ?? (run.state === "unfinished" ? "unfinished" : "") }),
      make("td", { class: "number", text: run.figures.parameters ?? "" }),
      make("td", { class: "number", text: whole(run.history.length) }),
      make("td", { class: "number", text: run.figures["trained for"] ?? "" }),
      make("td", { class: "line" }, make("code", { text: run.architecture })),
    ),
  );
  parts.list.replaceChildren(
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "List of runs" },
      make(
        "table",
        { class: "listing" },
        make(
          "thead",
          {},
          make(
            "tr",
            {},
            make("th", {}, make("span", { class: "hidden", text: "compare" })),
            ["run", "test accuracy", "parameters", "epochs", "trained for", "architecture"].map((text) =>
              make("th", { scope: "col", text }),
            ),
          ),
        ),
        make("tbody", {}, rows),
      ),
    ),
  );
}

function drawCharts() {
  const some = runs.filter((run) => chosen.includes(run.name));
  const curve = (run, i, key, share) => ({
    name: run.name,
    kind: i,
    values: run.history.map((epoch) => [epoch.epoch, share ? 100 * epoch[key] : epoch[key]]),
  });
  if (!some.length) return parts.charts.replaceChildren(make("p", { class: "quiet", text: "Choose a run above." }));
  parts.charts.replaceChildren(
    chart(
      "validation accuracy, %",
      some.map((run, i) => curve(run, i, "validation_score", true)),
      { unit: "epochs", top: 100, floor: lowest(some) },
    ),
    chart(
      "validation loss, nats",
      some.map((run, i) => curve(run, i, "validation_loss")),
      { unit: "epochs" },
    ),
    chart(
      "training loss, nats",
      some.map((run, i) => curve(run, i, "train_loss")),
      { unit: "epochs" },
    ),
  );
}

function lowest(some) {
  const least = Math.min(100, ...some.flatMap((run) => run.history.map((epoch) => 100 * epoch.validation_score)));
  return least > 90 ? 90 : least > 50 ? 50 : 0;
}

// Follow the runs that are not finished.
function listen() {
  stop();
  for (const run of runs.filter((one) => chosen.includes(one.name) && one.state === "unfinished")) {
    const stream = new EventSource(`api/runs/${encodeURIComponent(run.name)}/events`);
    run.history = [];
    stream.addEventListener("epoch", (event) => {
      run.history.push(JSON.parse(event.data));
      drawCharts();
    });
    stream.addEventListener("end", async () => {
      stream.close();
      runs = await get("api/runs");
      drawList();
      drawCharts();
    });
    streams.push(stream);
  }
}

async function drawDifferences() {
  parts.differences.replaceChildren();
  if (chosen.length < 2) return;
  const rows = await get("api/runs/differences", { run: chosen });
  parts.differences.replaceChildren(
    make("h2", { text: "What they did differently" }),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Differences" },
      make(
        "table",
        { class: "listing" },
        make(
          "thead",
          {},
          make(
            "tr",
            {},
            make("th", { scope: "col", text: "" }),
            chosen.map((name) => make("th", { scope: "col", text: name })),
          ),
        ),
        make(
          "tbody",
          {},
          rows.map((row) =>
            make(
              "tr",
              {},
              make("th", { scope: "row", text: row.what }),
              row.values.map((value) => make("td", { text: value })),
            ),
          ),
        ),
      ),
    ),
  );
}
