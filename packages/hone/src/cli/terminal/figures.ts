/** Numbers, sizes and plain tables as people read them. */

/** A large count: "0.92 M", "596 M", "1.5 B". */
export function countText(count: number): string {
  if (count < 1e4) return String(count);
  if (count < 1e9) return `${(count / 1e6).toPrecision(count < 1e8 ? 2 : 3)} M`;
  return `${(count / 1e9).toPrecision(2)} B`;
}

/** A size in decimal units: "3.70 MB" is 3,700,000 bytes. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toPrecision(3)} ${units[unit]}`;
}

/** A table: columns padded to their widest cell, two spaces between them; the first row is the head. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

/** Lines of a name and a value, the values below each other. */
export function factsText(facts: readonly (readonly [string, string])[]): string {
  return tableText(facts.map(([name, value]) => [`  ${name}`, value]));
}
