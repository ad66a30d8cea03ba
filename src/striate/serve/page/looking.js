// What is looked at: the input of the address, or else the first example of the data.

import { note, read, seen, disturbance } from "./address.js";
import { get } from "./api.js";

// Give the input's id, and write it into the address where it was not said.
export async function chosenInput() {
  const { parts, query } = read();
  if (query.has("input")) return query.get("input");
  const { id } = await get("api/first");
  if (!read().query.has("input")) note(parts, { ...Object.fromEntries(query), input: id });
  return id;
}

export const look = (id, signal) => get(`api/inputs/${id}`, disturbance(), signal);

export const maps = (id, layers, page, count, signal) =>
  get(`api/inputs/${id}/maps`, { layer: layers, page, count, ...disturbance() }, signal);

export const lookKey = () => JSON.stringify(seen());
