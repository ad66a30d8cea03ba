// Ways to bring a picture besides drawing it: a file, the camera, the clipboard.

import { make } from "./elements.js";

// `bring(file, name)` takes the picture, `tell(fault)` says why there is none, `clear()` wipes the pad.
export function makeWays({ bring, tell, clear }) {
  const camera = makeCamera(bring, tell);
  const file = make("input", {
    type: "file",
    id: "upload",
    accept: "image/*",
    class: "hidden",
    onchange: () => file.files[0] && bring(file.files[0], file.files[0].name),
  });
  const pasted = (event) => {
    const [first] = event.clipboardData?.files ?? [];
    if (first) bring(first, first.name || "pasted");
  };
  addEventListener("paste", pasted);
  return {
    element: make(
      "div",
      { class: "tools" },
      button("clear", clear),
      button("upload a file", () => file.click()),
      button("camera", camera.start),
      button("paste", () => readClipboard(bring).catch(tell)),
      make("label", { for: "upload", class: "hidden", text: "picture file" }),
      file,
      camera.elements,
    ),
    leave: () => {
      removeEventListener("paste", pasted);
      camera.stop();
    },
  };
}

const button = (text, onclick) => make("button", { type: "button", class: "plain", text, onclick });

async function readClipboard(bring) {
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((one) => one.startsWith("image/"));
    if (type) return bring(await item.getType(type), "pasted");
  }
  throw new Error("the clipboard must hold a picture, got none; copy one, then paste it here");
}

// On when it is asked for, one picture, off again.
function makeCamera(bring, tell) {
  let stream = null;
  const video = make("video", {
    class: "camera",
    muted: true,
    playsinline: true,
    hidden: true,
    "aria-label": "camera",
  });
  const take = make("button", { type: "button", class: "plain", text: "take it", hidden: true, onclick: snap });

  async function start() {
    try {
      if (!navigator.mediaDevices) {
        throw new Error("a camera needs a secure address, got this one; open the page at 127.0.0.1");
      }
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = take.hidden = false;
      await video.play();
      take.focus();
    } catch (fault) {
      tell(fault);
    }
  }

  function snap() {
    const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => bring(blob, "photograph"), "image/png");
    stop();
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.hidden = take.hidden = true;
  }

  return { start, stop, elements: [video, take] };
}
