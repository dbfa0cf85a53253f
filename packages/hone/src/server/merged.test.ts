import { expect, it, vi } from "vitest";
import { merged } from "./merged.ts";

it("holds the error of a stream for a reader that is busy when it comes", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  async function* failing() {
    yield 1;
    throw new Error("over");
  }
  const values = merged([failing()]);
  try {
    expect(await values.next()).toEqual({ done: false, value: { index: 0, value: 1 } });
    // The stream fails in this time, and nothing waits for it.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await expect(values.next()).rejects.toThrow("over");
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});
