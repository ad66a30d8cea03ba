// A black pad to draw on in white: by mouse, finger or pen, or by arrow keys and space.

import { make, say } from "./elements.js";

const SIDE = 280; // pixels of the pad; the server scales it down as any picture
const STEP = 10; // pixels that an arrow key moves the brush

export function makePad(changed) {
  const canvas = make("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const brush = make("span", { class: "brush" });
  let at = [SIDE / 2, SIDE / 2];
  let down = false;
  let empty = true;
  clear();

  function clear() {
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    empty = true;
  }

  function stroke(to) {
    context.strokeStyle = "#fff";
    context.lineWidth = SIDE / 11;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...at);
    context.lineTo(...to);
    context.stroke();
    empty = false;
  }

  function moveTo(to) {
    at = to.map((value) => Math.min(SIDE, Math.max(0, value)));
    brush.style.left = `${(100 * at[0]) / SIDE}%`;
    brush.style.top = `${(100 * at[1]) / SIDE}%`;
  }

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  };
  const steps = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] };

  const frame = make(
    "div",
    {
      class: "pad",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "drawing pad",
      "aria-label": "Drawing pad. Arrow keys move the brush, space puts it down or lifts it, Delete clears.",
      onpointerdown: (event) => {
        frame.setPointerCapture(event.pointerId);
        down = true;
        moveTo(place(event));
        stroke([at[0] + 0.1, at[1]]);
      },
      onpointermove: (event) => {
        if (!down || !event.buttons) return;
        const to = place(event);
        stroke(to);
        moveTo(to);
        changed(canvas, false);
      },
      onpointerup: () => {
        if (down) changed(canvas, true);
        down = false;
      },
      onkeydown: (event) => {
        if (event.key === " ") {
          event.preventDefault();
          down = !down;
          say(down ? "brush down" : "brush up");
          if (!down) changed(canvas, true);
        }
        if (event.key === "Delete" || event.key === "Backspace") {
          clear();
          say("cleared");
        }
        const step = steps[event.key];
        if (!step) return;
        event.preventDefault();
        const to = [at[0] + step[0], at[1] + step[1]];
        if (down) {
          stroke(to);
          changed(canvas, false);
        }
        moveTo(to);
      },
    },
    canvas,
    brush,
  );
  moveTo(at);
  return { frame, clear, isEmpty: () => empty };
}
