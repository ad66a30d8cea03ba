// What spoke for and against a class: every voter's sum, largest first, on one axis.

import { disturbance, link } from "./address.js";
import { get } from "./api.js";
import { make, number, percent, say } from "./elements.js";
import { shortName } from "./names.js";
import { swing } from "./swing.js";
import { drawWhy } from "./why.js";

// Of class `k`, or of the answer where it is null.
export async function drawVotes(id, k, model) {
  const found = await get(`api/inputs/${id}/votes`, { ...(k === null ? {} : { k }), ...disturbance() });
  k = found.k;
  const { votes } = found;
  const largest = Math.max(
    ...votes.votes.map((vote) => Math.abs(vote.total)),
    Math.abs(votes.bias),
    Math.abs(found.rest),
  );
  const [first] = votes.votes;
  const voters = model.layers.find((layer) => layer.name === first.source);
  const pooled = voters.kind === "globalpool"; // each of its units stands for a whole map of the layer before
  const isMap = pooled || found.source_shape.length > 1;
  const spoke = pooled ? voters.sources[0] : first.source;
  const voter = (vote) => ({
    name: `${isMap ? "map" : "unit"} ${vote.channel}`,
    href: link(["network", spoke, isMap ? "map" : "unit", String(vote.channel)]),
  });
  const row = (name, total, href) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, href ? make("a", { href, text: name }) : name),
      swing(total, largest),
      make("td", { text: number(total) }),
    );
  say(`${votes.label}: ${percent(votes.probability)}`);
  const half = Math.ceil(votes.votes.length / 2);
  const table = (some, tail) =>
    make(
      "table",
      { class: "votes" },
      make(
        "thead",
        { class: "hidden" },
        make(
          "tr",
          {},
          make("th", { text: "voter" }),
          make("th", { text: "against or for" }),
          make("th", { text: "adds" }),
        ),
      ),
      make(
        "tbody",
        {},
        some.map((vote) => row(voter(vote).name, vote.total, voter(vote).href)),
        tail,
      ),
    );
  const tail = [found.others > 0 && row(`${found.others} others`, found.rest), row("bias", votes.bias)];
  return [
    make(
      "div",
      { class: "panes votes-panes" },
      make(
        "div",
        { class: "pane words" },
        make(
          "h2",
          {},
          "Why ",
          make("strong", { text: votes.label }),
          "? ",
          make("span", { class: "quiet", text: percent(votes.probability) }),
        ),
        make(
          "p",
          {},
          `Each ${isMap ? "feature map" : "unit"} of `,
          make("code", { text: shortName(spoke) }),
          ` votes: its ${pooled ? "pooled value" : isMap ? "values" : "value"} times the head's weight${isMap && !pooled ? "s" : ""}. With the bias the votes add up to `,
          make("strong", { text: number(votes.total) }),
          "; the softmax over all classes makes that ",
          make("a", { href: link(["network", "probability", String(k)]), text: percent(votes.probability) }),
          ".",
        ),
        mind(found, voter),
        make(
          "p",
          {},
          make("a", { href: link(["network", "head", "unit", String(k)]), text: "every product of this sum" }),
        ),
        drawWhy(id, k),
      ),
      make(
        "div",
        { class: "pane votes-list" },
        make("div", { class: "two" }, table(votes.votes.slice(0, half), []), table(votes.votes.slice(half), tail)),
        make("p", { class: "quiet small axis-names" }, "left of the line speaks against, right of it for"),
      ),
    ),
  ];
}

// What its lead rests on.
function mind(found, voter) {
  const ahead = found.margin >= 0;
  const lead = `${number(Math.abs(found.margin))} ${ahead ? "ahead of" : "behind"} ${found.rival}`;
  const names = found.silenced.flatMap((vote, i) => [
    i === 0 ? "" : i === found.silenced.length - 1 ? " and " : ", ",
    make("a", { href: voter(vote).href, text: voter(vote).name }),
  ]);
  const outcome = ahead ? ` it would say ${found.rival}.` : " it would win.";
  return make(
    "p",
    { class: "mind" },
    `What would change its mind? It lies ${lead}. `,
    found.silenced.length ? ["Without ", ...names, outcome] : "No silence of its voters would change that.",
    " ",
    make("a", { href: link(["input"]), text: "Or disturb the picture and watch." }),
  );
}
