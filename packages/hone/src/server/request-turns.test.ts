import { expect, it } from "vitest";
import { RequestTurns } from "./request-turns.ts";

it("gives each of the requests that come at once a turn of the event loop of its own, in their order", async () => {
  let turn = 0;
  let isOver = false;
  const count = (): void => {
    turn++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const turns = new RequestTurns();
  const given: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      await turns.next();
      given.push(turn);
    }),
  );
  isOver = true;
  expect(new Set(given).size).toBe(20);
  expect(given).toEqual(given.toSorted((a, b) => a - b));
});
