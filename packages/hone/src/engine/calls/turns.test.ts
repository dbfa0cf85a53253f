import { describe, expect, it } from "vitest";
import { AsyncQueue } from "./async-queue.ts";
import { Turns } from "./turns.ts";

describe("turns", () => {
  it("run an object's work in order, also after work that failed, and other objects' beside it", async () => {
    const turns = new Turns();
    const [one, two] = [{}, {}];
    const ran: string[] = [];
    const first = Promise.withResolvers<void>();
    const failing = turns.run(one, async () => {
      await first.promise;
      ran.push("one, first");
      throw new Error("wrong");
    });
    const second = turns.run(one, () => ran.push("one, second"));
    await turns.run(two, () => ran.push("two"));
    expect(ran).toEqual(["two"]);
    first.resolve();
    await expect(failing).rejects.toThrow("wrong");
    await second;
    expect(ran).toEqual(["two", "one, first", "one, second"]);
  });

  it("are idle once all work has ended, also work that was added meanwhile", async () => {
    const turns = new Turns();
    const object = {};
    let count = 0;
    const work = (): void => {
      if (++count < 3) void turns.run(object, work);
    };
    void turns.run(object, work);
    await turns.idle();
    expect(count).toBe(3);
  });
});

describe("a queue", () => {
  const read = async (queue: AsyncQueue<number>): Promise<number[]> => {
    const all: number[] = [];
    for await (const value of queue) all.push(value);
    return all;
  };

  it("gives what arrived before it ended, and what arrives while it is read", async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    const reading = read(queue);
    await Promise.resolve();
    queue.push(2);
    queue.end();
    expect(await reading).toEqual([1, 2]);
  });

  it("throws its error after what arrived", async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error("gone"));
    const iterator = queue[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    await expect(iterator.next()).rejects.toThrow("gone");
  });
});
