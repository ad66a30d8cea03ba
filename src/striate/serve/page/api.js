// Requests to the server that this page came from. A fault is an Error with the server's own words.

export class Fault extends Error {}

export async function get(path, parameters = {}, signal = undefined) {
  const response = await fetch(`${path}${query(parameters)}`, { signal });
  return read(response);
}

export async function send(file, name, signal = undefined) {
  const form = new FormData();
  form.append("file", file, name);
  return read(await fetch("api/inputs", { method: "POST", body: form, signal }));
}

async function read(response) {
  const record = await response.json().catch(() => ({ error: { message: `the server answered ${response.status}` } }));
  if (!response.ok) throw new Fault(record.error.message);
  return record;
}

function query(parameters) {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) pairs.append(name, one);
  }
  return pairs.size ? `?${pairs}` : "";
}

// Of many calls only the latest matters: one runs, the newest waits, all others are dropped.
export function latest(work) {
  let running = false;
  let waiting = null;
  return async function call(...values) {
    if (running) {
      waiting = values;
      return;
    }
    running = true;
    try {
      await work(...values);
    } finally {
      running = false;
      if (waiting) {
        const next = waiting;
        waiting = null;
        call(...next);
      }
    }
  };
}
