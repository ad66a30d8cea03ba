// Arrays from the server onto canvases, one pixel a cell; the style sheet enlarges them.

import { shade } from "./colour.js";

export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export const signed = (text) => new Int8Array(bytes(text).buffer);
export const floats = (text) => new Float32Array(bytes(text).buffer);

function paint(canvas, height, width, colourOf) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < height * width; i++) image.data.set([...colourOf(i), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

// A picture (C, H, W) of bytes, grey or RGB.
export function paintPicture(canvas, text, [channels, height, width]) {
  const values = bytes(text);
  const plane = height * width;
  paint(canvas, height, width, (i) =>
    channels === 1 ? [values[i], values[i], values[i]] : [values[i], values[plane + i], values[2 * plane + i]],
  );
}

// A map (H, W) of numbers, on the scale of its layer.
export function paintMap(canvas, values, height, width, largest) {
  paint(canvas, height, width, (i) => shade(values[i], largest));
}
