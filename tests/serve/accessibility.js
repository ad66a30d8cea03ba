// Finds what a person who cannot see, or cannot point, would stumble over. Given least contrasts; gives faults in words.
([least, leastLarge]) => {
  const faults = [];
  const visible = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const tell = (one) =>
    `${one.tagName.toLowerCase()}.${one.getAttribute("class") ?? ""} ${(one.textContent ?? "").trim().slice(0, 40)}`;
  const text = (one) => (one?.textContent ?? "").trim();
  const name = (one) =>
    one.getAttribute("aria-label")?.trim() ||
    (one.labels && [...one.labels].map(text).join(" ")) ||
    text(one) ||
    one.getAttribute("alt") ||
    one.getAttribute("title") ||
    "";

  for (const one of document.querySelectorAll(
    "a[href], button, input, select, textarea, [tabindex='0'], [role=img], [role=region], [role=application], nav",
  )) {
    if (visible(one) && !name(one)) faults.push(`no name: ${tell(one)}`);
  }
  for (const one of document.querySelectorAll("img")) if (!one.hasAttribute("alt")) faults.push(`no alt: ${tell(one)}`);
  for (const one of document.querySelectorAll("label[for]"))
    if (!document.getElementById(one.htmlFor)) faults.push(`label of nothing: ${tell(one)}`);
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id twice: ${id}`);
  for (const one of document.querySelectorAll("[tabindex]"))
    if (one.tabIndex > 0) faults.push(`focus jumps to ${tell(one)}`);

  if (!document.documentElement.lang) faults.push("no language");
  for (const [what, count] of [
    ["main", 1],
    ["body > header", 1],
    ["h1", 1],
    ["[aria-live]#said", 1],
  ]) {
    if (document.querySelectorAll(what).length !== count)
      faults.push(`${document.querySelectorAll(what).length} of ${what}`);
  }
  let level = 0;
  for (const one of document.querySelectorAll("main h1, main h2, main h3, main h4")) {
    const next = Number(one.tagName[1]);
    if (next > level + 1) faults.push(`heading ${next} after ${level}: ${tell(one)}`);
    level = next;
  }

  const read = (colour) => {
    const n = colour.match(/[\d.]+/g).map(Number);
    return { rgb: n.slice(0, 3), alpha: n[3] ?? 1 };
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const found = read(getComputedStyle(one).backgroundColor);
      if (found.alpha === 1) return found.rgb;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (
      !walker.currentNode.textContent.trim() ||
      !visible(one) ||
      one.closest("svg, .hidden, .skip, [aria-disabled], :disabled, .padding, noscript, option")
    )
      continue;
    const style = getComputedStyle(one);
    const size = parseFloat(style.fontSize);
    if (!size) continue;
    const [a, b] = [light(read(style.color).rgb), light(ground(one))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? leastLarge : least)) faults.push(`contrast ${ratio.toFixed(2)}: ${tell(one)}`);
  }
  return [...new Set(faults)];
};
