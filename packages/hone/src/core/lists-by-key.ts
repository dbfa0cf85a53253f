/**
 * Adds an item to the list that a map holds under a key, and begins the list where there is none. The list is changed in place: a copy
 * for each item would make n items of one key cost n² steps.
 */
export function addToList<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
