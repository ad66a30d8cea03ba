// Arrays from the server onto canvases, one pixel a cell; the style sheet enlarges them.

import { pixels, step } from "./colour.js";

export function bytes(text) {
  const letters = atob(text);
  const values = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) values[i] = letters.charCodeAt(i);
  return values;
}

export const signed = (text) => new Int8Array(bytes(text).buffer);
export const floats = (text) => new Float32Array(bytes(text).buffer);

// Fill a canvas with whole pixels (little-endian, as every browser's machine is).
function paint(canvas, height, width, pixelOf) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const whole = new Uint32Array(image.data.buffer);
  for (let i = 0; i < whole.length; i++) whole[i] = pixelOf(i);
  context.putImageData(image, 0, 0);
}

// A picture (C, H, W) of bytes, grey or RGB.
export function paintPicture(canvas, text, [channels, height, width]) {
  const values = bytes(text);
  const plane = channels === 1 ? 0 : height * width;
  paint(
    canvas,
    height,
    width,
    (i) => (0xff000000 | (values[2 * plane + i] << 16) | (values[plane + i] << 8) | values[i]) >>> 0,
  );
}

// A map (H, W) of numbers, on the scale of its layer.
export function paintMap(canvas, values, height, width, largest) {
  const table = pixels();
  paint(canvas, height, width, (i) => table[step(values[i], largest)]);
}
