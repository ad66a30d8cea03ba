// Layers and cells by name and by address.

// A layer's name without the word that every block has.
export const shortName = (layer) => layer.replaceAll(".body", "");

// A cell in words: unit 3, or map 3, row 4, column 5.
export function label(cell) {
  return cell.length === 1 ? `unit ${cell[0]}` : `map ${cell[0]}, row ${cell[1]}, column ${cell[2]}`;
}

export function cellPath(layer, cell) {
  if (cell.length === 1) return ["network", layer, "unit", String(cell[0])];
  return ["network", layer, "map", String(cell[0]), "cell", cell.slice(1).join(",")];
}
