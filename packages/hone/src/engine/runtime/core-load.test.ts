import { describe, expect, it } from "vitest";
import { CoreLoad } from "./core-load.ts";

/** A machine of two cores whose use is told second by second. */
function machine() {
  let [now, idle, own] = [0, 0, 0];
  const clock = { now: () => now, times: () => ({ idle, own }) };
  /** A second in which we and the others used so many cores. */
  const second = (ours: number, others: number): void => {
    now += 1000;
    own += 1000 * ours;
    idle += 1000 * (2 - ours - others);
  };
  /** Four products, of which one is watched, of a second each, beside others who take so many cores. */
  const product = async (load: CoreLoad, others: number): Promise<void> => {
    for (let i = 0; i < 4; i++) await load.during(async () => second(2 - others, others));
  };
  return { clock, second, product };
}

describe("the load of the cores", () => {
  it("is no crowd when every busy core is busy with us", async () => {
    const { clock, product } = machine();
    const load = new CoreLoad(2, clock);
    for (let i = 0; i < 4; i++) {
      await product(load, 0);
      expect(load.isCrowded).toBe(false);
    }
  });

  it("is a crowd at the second look at another process that takes a core, and none when it has gone", async () => {
    const { clock, product } = machine();
    const load = new CoreLoad(2, clock);
    const answers: boolean[] = [];
    for (const others of [1, 1, 1, 0, 0, 0]) {
      await product(load, others);
      answers.push(load.isCrowded);
    }
    expect(answers).toEqual([false, true, true, true, false, false]);
  });

  it("counts only what others do while we compute", async () => {
    const { clock, product, second } = machine();
    const load = new CoreLoad(2, clock);
    for (let i = 0; i < 4; i++) {
      second(0, 2);
      await product(load, 0);
      expect(load.isCrowded).toBe(false);
    }
  });

  it("does not change for a single busy second, nor for one thread", async () => {
    const { clock, product } = machine();
    const [two, one] = [new CoreLoad(2, clock), new CoreLoad(1, clock)];
    for (const others of [1, 0, 1, 0, 1]) {
      await product(two, others);
      await product(one, 1);
      expect(two.isCrowded || one.isCrowded).toBe(false);
    }
  });
});
