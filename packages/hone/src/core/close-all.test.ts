import { expect, it } from "vitest";
import { closeAll, failClosed } from "./close-all.ts";

const closing = () => {
  const closed: string[] = [];
  const one = (name: string) => async (): Promise<void> => {
    closed.push(name);
    if (name.startsWith("bad")) throw new Error(name);
  };
  return { closed, all: ["a", "bad b", "bad c", "d"].map(one) };
};

it("everything is closed in its order, and the first error is thrown", async () => {
  const { closed, all } = closing();
  await expect(closeAll(all)).rejects.toThrow("bad b");
  expect(closed).toEqual(["a", "bad b", "bad c", "d"]);
});

it("the error of the work is thrown, and not those of closing", async () => {
  const { closed, all } = closing();
  await expect(failClosed(new Error("the work"), all)).rejects.toThrow("the work");
  expect(closed).toHaveLength(4);
});
