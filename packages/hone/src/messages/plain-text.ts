/** Ids, names and keys of other libraries' objects, which should be texts and may be anything. */
export const plainText = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
