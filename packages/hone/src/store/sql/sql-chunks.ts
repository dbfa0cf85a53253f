/** Lists in parts, since a statement takes only so many parameters. */
export function* inChunks<T>(list: readonly T[], size: number): Generator<readonly T[], void> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}
