/** The item that is there most often, the first of those; undefined of none. Items with the same name are the same. */
export function mostFrequent<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Item | undefined {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return items.find((item) => counts.get(nameOf(item)) === most);
}
