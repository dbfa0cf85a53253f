import { expect, it } from "vitest";
import { domainOfRun, ownTasksOf } from "./run-domain.ts";

it("takes a table of `hone run meetings` for data of its domain, and that of a training for tasks of its own", () => {
  const meetings = { command: "run meetings", data: "/tmp/own.csv" };
  expect(ownTasksOf(meetings)).toBeUndefined();
  expect(domainOfRun(meetings)).toBe("meetings");
  expect(ownTasksOf({ command: "train sft", data: "/tmp/own.jsonl" })).toBe(
    "the conversations of /tmp/own.jsonl",
  );
});
