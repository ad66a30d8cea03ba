// An architecture line tried out: planned at every key, trained on X's and O's live.

import { get, latest } from "./api.js";
import { chart } from "./chart.js";
import { paintMap, signed } from "./draw.js";
import { faultBox, make, percent, say, whole } from "./elements.js";

const START = "conv 8 5x5 pad 2 > relu > maxpool 2 > conv 16 3x3 pad 1 > relu > maxpool 2 > dense 16 > relu";
const EPOCHS = 8;

export function trying() {
  let stream = null;
  let history = [];
  const table = make("div", { class: "planned", "aria-live": "polite" });
  const state = make("p", { class: "quiet", role: "status" });
  const kernels = make("div", { class: "kernels", role: "img", "aria-label": "kernels of the first layer" });
  const curves = make("div", { class: "charts" });
  const line = make("textarea", {
    id: "line",
    rows: "2",
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    oninput: () => plan(),
  });
  line.value = START;
  const begin = make("button", { type: "button", class: "main", text: "Train it", onclick: start });
  const end = make("button", {
    type: "button",
    class: "plain",
    text: "stop",
    hidden: true,
    onclick: () => stop("stopped"),
  });

  const plan = latest(async () => {
    try {
      const found = await get("api/plan", { line: line.value });
      begin.disabled = false;
      table.replaceChildren(planTable(found));
    } catch (fault) {
      begin.disabled = true;
      table.replaceChildren(faultBox(fault));
    }
  });

  function stop(text) {
    stream?.close();
    stream = null;
    begin.hidden = false;
    end.hidden = true;
    if (text) state.textContent = text;
  }

  function start() {
    history = [];
    kernels.replaceChildren();
    curves.replaceChildren();
    begin.hidden = true;
    end.hidden = false;
    end.focus();
    state.textContent = "drawing 2,000 X's and O's …";
    stream = new EventSource(`api/retrain?${new URLSearchParams({ line: line.value, epochs: EPOCHS })}`);
    stream.addEventListener("waiting", () => (state.textContent = "another training is on; this one comes next"));
    stream.addEventListener("kernels", (event) => drawKernels(kernels, JSON.parse(event.data)));
    stream.addEventListener("epoch", (event) => {
      const epoch = JSON.parse(event.data);
      history.push(epoch);
      state.textContent = `epoch ${epoch.epoch} of ${EPOCHS}: ${percent(epoch.validation_score)} of 500 validation pictures right`;
      drawCurves(curves, history);
    });
    stream.addEventListener("end", () => {
      const last = history.at(-1);
      stop(
        last &&
          `trained: ${percent(last.validation_score)} of 500 validation pictures right after ${last.epoch} epochs, ${last.seconds.toFixed(1)} s`,
      );
      say(state.textContent);
    });
    stream.addEventListener("fault", (event) => stop(JSON.parse(event.data).message));
    stream.onerror = () => stream && stop("the training was refused or broke off; mend the line and try again");
  }

  plan();
  const content = make(
    "div",
    { class: "trying" },
    make("label", { for: "line", text: "Architecture, for pictures of 1 × 28 × 28 and two classes" }),
    line,
    make("div", { class: "tools" }, begin, end),
    state,
    make("div", { class: "watching" }, kernels, curves),
    table,
  );
  return { content, leave: () => stop("") };
}

function planTable(found) {
  const row = (one) =>
    make(
      "tr",
      {},
      make("th", { scope: "row", style: `padding-left:${one.depth}em`, text: one.text }),
      make("td", { class: "number", text: one.shape.replaceAll("x", " × ") }),
      make("td", { class: "number", text: one.receptive_field.replaceAll("x", " × ") }),
      make("td", { class: "number", text: whole(one.parameters) }),
      make("td", { class: "number", text: whole(one.multiply_adds) }),
    );
  return make(
    "table",
    { class: "listing" },
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        ["layer", "shape", "sees", "parameters", "multiply-adds"].map((text, i) =>
          make("th", { scope: "col", class: i ? "number" : "", text }),
        ),
      ),
    ),
    make("tbody", {}, found.rows.map(row)),
    make(
      "tfoot",
      {},
      make(
        "tr",
        {},
        make("th", { scope: "row", text: "sum" }),
        make("td"),
        make("td"),
        make("td", { class: "number", text: whole(found.parameters) }),
        make("td", { class: "number", text: whole(found.multiply_adds) }),
      ),
    ),
  );
}

function drawKernels(hold, one) {
  const values = signed(one.cells);
  const [count, height, width] = one.shape;
  const size = height * width;
  while (hold.children.length < count) hold.append(make("canvas", { "aria-hidden": "true" }));
  [...hold.children].forEach((canvas, i) =>
    paintMap(canvas, values.subarray(i * size, (i + 1) * size), height, width, 127),
  );
}

function drawCurves(hold, history) {
  const curve = (name, key, factor) => ({ name, values: history.map((epoch) => [epoch.epoch, factor * epoch[key]]) });
  hold.replaceChildren(
    chart("loss, nats", [curve("training", "train_loss", 1), curve("validation", "validation_loss", 1)], {
      unit: "epochs",
    }),
    chart("validation accuracy, %", [curve("validation", "validation_score", 100)], {
      unit: "epochs",
      top: 100,
      floor: 50,
    }),
  );
}
