import { expect, it } from "vitest";
import { errorGroups, errorKey } from "./error-groups.ts";
import type { Failure } from "./failure.ts";

it.each([
  ["timed out after 3021 ms", "timed out after <n> ms"],
  ["no file /home/ada/x.json", "no file <path>"],
  ["cannot open C:\\work\\a.txt", "cannot open <path>"],
  ["request req_7f3a9c1d02 was refused", "request <id> was refused"],
  ["trace 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 is gone", "trace <id> is gone"],
  ["the city 'Paris' is unknown", "the city <text> is unknown"],
  ["GET https://api.example/v1/a?b=3 gave 404", "GET <url> gave <n>"],
  ["decade", "decade"],
  ["two lines\n    at f (a.js:1:2)", "two lines"],
])("an error that says %j is in the group %j", (message, key) => {
  expect(errorKey({ message })).toBe(key);
  expect(errorKey({ message, type: "TypeError" })).toBe(`TypeError: ${key}`);
  expect(errorKey({ message, type: "TypeError", code: "E_1" })).toBe(`E_1: ${key}`);
});

const failure = (traceId: string, at: number, more: Partial<Failure>): Failure => ({
  ...{ traceId, startedAt: at, at, agent: "a", error: { message: `wait ${at}` } },
  ...more,
});

async function groupsOf(failures: readonly Failure[]) {
  return errorGroups(
    (async function* () {
      yield* failures;
    })(),
  );
}

it("counts errors and traces, and keeps the last times", async () => {
  const tool = { spanId: "s", kind: "tool", name: "web" } as const;
  const groups = await groupsOf([
    failure("t1", 1, tool),
    failure("t1", 2, { ...tool, spanId: "s2", agent: "b" }),
    failure("t2", 3, { ...tool, error: { message: "gone" } }),
    ...[4, 5, 6, 7, 8, 9].map((at) => failure(`t${at}`, at, tool)),
  ]);
  expect(groups).toHaveLength(2);
  expect(groups[0]).toEqual({
    ...{ key: "wait <n>", count: 8, traces: 7, firstAt: 1, lastAt: 9, message: "wait 9" },
    ...{ where: ["tool web"], agents: ["a", "b"] },
    samples: [9, 8, 7, 6, 5].map((at) => ({ traceId: `t${at}`, spanId: "s", at })),
  });
});

it("counts the error of a trace that one of its spans has once", async () => {
  const groups = await groupsOf([
    failure("t1", 1, {}),
    failure("t1", 1, { spanId: "s", kind: "prompt" }),
    failure("t2", 2, {}),
    failure("t2", 2, { spanId: "s", kind: "prompt", error: { message: "other" } }),
    failure("t3", 3, {}),
  ]);
  expect(groups.map(({ key, count, where }) => [key, count, where])).toEqual([
    ["wait <n>", 3, ["prompt", "trace"]],
    ["other", 1, ["prompt"]],
  ]);
});
