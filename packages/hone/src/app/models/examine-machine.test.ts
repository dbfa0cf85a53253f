import { expect, it } from "vitest";
import { examineMachine, type Finding } from "./examine-machine.ts";

it("examines the machine, the engine's speed among the findings", async () => {
  const findings: Finding[] = [];
  for await (const finding of examineMachine({ threads: 1, seconds: 0.02 })) findings.push(finding);
  expect(findings.map(({ name }) => name)).toEqual([
    "node",
    "cores",
    "memory",
    "disk",
    "model cache",
    "engine",
    "largest models",
    "javascript sandbox",
    "python sandbox",
    "shell sandbox",
    "process sandbox",
  ]);
  const sandboxes = findings.filter(({ name }) => name.endsWith(" sandbox"));
  expect(sandboxes[0]).toMatchObject({ status: "ok", facts: { sandbox: "quickjs" } });
  expect(sandboxes.every(({ status }) => status === "ok" || status === "absent")).toBe(true);
  expect(findings.filter(({ status }) => status === "problem")).toEqual([]);
  for (const { status, fix } of findings) expect(fix === undefined).toBe(status === "ok");
  const { gflops } = findings.find(({ name }) => name === "engine")!.facts as { gflops: number };
  expect(gflops).toBeGreaterThan(1);
});
