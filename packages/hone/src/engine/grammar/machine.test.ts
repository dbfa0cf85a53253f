import { expect, it } from "vitest";
import { literal, repeat } from "./expression.ts";
import { Machine, type State } from "./machine.ts";
import { networkOf } from "./network.ts";

const letter = "a".charCodeAt(0);

it("lets go of the states of long texts, and goes on with the text that it is in", () => {
  const length = 25_000;
  const machine = new Machine(networkOf(repeat(literal("a"), 0, length)));
  let state: State | null = machine.start;
  for (let i = 0; i < length; i++) state = machine.step(state!, letter);
  expect(state!.isComplete).toBe(true);
  expect(machine.step(state!, letter)).toBeNull();
  // What can be reached from the start is kept.
  let kept = 0;
  for (let at = machine.start.next[letter]; at; at = at.next[letter]) kept++;
  expect(kept).toBeLessThan(length);
  expect(machine.step(machine.start, letter)!.isComplete).toBe(true);
});
