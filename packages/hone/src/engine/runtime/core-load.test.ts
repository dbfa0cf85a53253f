import { describe, expect, it } from "vitest";
import { CoreLoad } from "./core-load.ts";

/** A machine of two cores whose use is told second by second. */
function machine() {
  let [now, idle, own] = [0, 0, 0];
  return {
    clock: { now: () => now, times: () => ({ idle, own }) },
    /** A second in which we and the others used so many cores. */
    second: (ours: number, others: number): void => {
      now += 1000;
      own += 1000 * ours;
      idle += 1000 * (2 - ours - others);
    },
  };
}

describe("the load of the cores", () => {
  it("is no crowd when every busy core is busy with us", () => {
    const { clock, second } = machine();
    const load = new CoreLoad(2, clock);
    for (let i = 0; i < 4; i++) {
      second(2, 0);
      expect(load.isCrowded()).toBe(false);
    }
  });

  it("is a crowd at the second look at another process that takes a core, and none when it has gone", () => {
    const { clock, second } = machine();
    const load = new CoreLoad(2, clock);
    const answers = [1, 1, 1, 0, 0, 0].map((others) => {
      second(2 - others, others);
      return load.isCrowded();
    });
    expect(answers).toEqual([false, true, true, true, false, false]);
  });

  it("does not change for a single busy second, nor for one thread", () => {
    const { clock, second } = machine();
    const [two, one] = [new CoreLoad(2, clock), new CoreLoad(1, clock)];
    for (const others of [1, 0, 1, 0, 1, 1]) {
      expect(two.isCrowded()).toBe(false);
      second(2 - others, others);
      expect(one.isCrowded()).toBe(false);
    }
  });
});
