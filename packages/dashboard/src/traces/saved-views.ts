/** Views that a person has named: addresses, kept by this browser. The server writes nothing for them, and a view is sent to others as its address. */

/** A named address of the list of traces. */
export interface SavedView {
  readonly name: string;
  /** What stands behind the ? of its address. */
  readonly query: string;
}

const key = "hone-trace-views";

/** The views of this browser, in the order of their names. */
export function readViews(): readonly SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isView) : [];
  } catch {
    return [];
  }
}

const isView = (value: unknown): value is SavedView =>
  typeof value === "object" &&
  value !== null &&
  "name" in value &&
  typeof value.name === "string" &&
  "query" in value &&
  typeof value.query === "string";

/** The views with this one, in the place of one of its name. */
export const withView = (views: readonly SavedView[], view: SavedView): readonly SavedView[] =>
  [...withoutView(views, view.name), view].toSorted((a, b) => a.name.localeCompare(b.name));

export const withoutView = (views: readonly SavedView[], name: string): readonly SavedView[] =>
  views.filter((one) => one.name !== name);

export function keepViews(views: readonly SavedView[]): void {
  localStorage.setItem(key, JSON.stringify(views));
}
