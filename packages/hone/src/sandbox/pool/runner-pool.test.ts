import { afterEach, describe, expect, it } from "vitest";
import { scriptedRunner } from "../../../../../test/doubles/scripted-runner.ts";
import { RunnerPool } from "./runner-pool.ts";

let pool: RunnerPool | undefined;
afterEach(() => pool?.close());

/** A pool of one process at most, each for one program. */
const openPool = (): RunnerPool =>
  (pool = new RunnerPool("scripted", () => Promise.resolve(scriptedRunner()), {
    size: 1,
    maxUses: 1,
    prefill: 0,
  }));

describe("RunnerPool", { timeout: 20_000 }, () => {
  it("keeps the place of a waiter that was aborted while its process started", async () => {
    const one = openPool();
    const { process } = await one.take(undefined);
    const abort = new AbortController();
    const waiting = one.take(abort.signal);
    process.uses = 1;
    one.giveBack(process);
    abort.abort(new Error("no longer wanted"));
    await expect(waiting).rejects.toThrow("no longer wanted");
    expect((await one.take(undefined)).process.isDead).toBe(false);
  });

  it("gives the next waiter the process of one that was aborted", async () => {
    const one = openPool();
    const { process } = await one.take(undefined);
    const abort = new AbortController();
    const first = one.take(abort.signal);
    const second = one.take(undefined);
    process.uses = 1;
    one.giveBack(process);
    abort.abort(new Error("no longer wanted"));
    await expect(first).rejects.toThrow("no longer wanted");
    expect((await second).process.isDead).toBe(false);
  });

  it("hands on the system's refusal to start a process", async () => {
    const tooLong = { ...scriptedRunner(), arguments: ["x".repeat(2 ** 24)] };
    const one = new RunnerPool("scripted", () => Promise.resolve(tooLong), {
      size: 1,
      maxUses: 1,
      prefill: 0,
    });
    await expect(one.take(undefined)).rejects.toThrow("E2BIG");
  });
});
