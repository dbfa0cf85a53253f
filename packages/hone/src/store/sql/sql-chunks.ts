/** The list in parts of at most `size` items: a statement takes a limited number of parameters. */
export function* inChunks<T>(list: readonly T[], size: number): Generator<readonly T[], void> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}
