import type { Renderer } from "../../ports/renderer.ts";

/** What becomes rows once a renderer is there. */
export interface ReadableRows<Rows> {
  /** Its rows, rendered. */
  read(renderer: Renderer): Promise<Rows>;
}

/** Rows by the index of their example, which is rendered when it is first needed, and then kept. */
export function rowReader<Rows>(
  examples: readonly ReadableRows<Rows>[],
  renderer: Renderer,
): (index: number) => Promise<Rows> {
  const read = new Map<number, Promise<Rows>>();
  return (index) => {
    const rows = read.get(index) ?? examples[index]!.read(renderer);
    read.set(index, rows);
    return rows;
  };
}
