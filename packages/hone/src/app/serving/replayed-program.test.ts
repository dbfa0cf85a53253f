/** Programs whose tools are answered from a recording: what they report, and which are refused. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { ReplayedCall } from "../../core/tool-replay.ts";
import { programAgent } from "./command-agent.ts";
import type { ProgramReplay } from "./replayed-program.ts";

const folder = await mkdtemp(join(tmpdir(), "hone-replayed-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that is no app: it writes what the preload would. */
const reporting = async (name: string, lines: string): Promise<string> => {
  const file = join(folder, `${name}.cjs`);
  await writeFile(
    file,
    `const { appendFileSync, readFileSync } = require("node:fs");
const { report } = JSON.parse(readFileSync(process.env.HONE_REPLAY, "utf8"));
appendFileSync(report, ${JSON.stringify(lines)});
console.log("answered");`,
  );
  return `NODE_OPTIONS= ${JSON.stringify(process.execPath)} ${JSON.stringify(file)}`;
};

async function tried(
  line: string,
  more: Partial<ProgramReplay> = {},
): Promise<{ answer: string; calls: readonly ReplayedCall[] }> {
  let reported: readonly ReplayedCall[] = [];
  const agent = programAgent(
    line,
    {},
    {
      replay: {
        ...{ match: "exact", unmatched: "error", allowed: [] },
        callsOf: () => [{ name: "refund", arguments: {}, result: "ok" }],
        onCalls: (calls) => (reported = calls),
        ...more,
      },
    },
  );
  const { signal } = new AbortController();
  const model = { turns: [], stream: () => undefined };
  const answer = await agent({ id: "t" }, { model, signal, seed: 1, prompts: {} } as never);
  return { answer, calls: reported };
}

it("refuses one that answered without an SDK whose tools are answered, unless they may all run", async () => {
  const line = await reporting("silent", "");
  await expect(tried(line)).rejects.toThrow(/^TOOLS_NOT_REPLAYED: .*NODE_OPTIONS/s);
  await expect(tried(line, { unmatched: "live", allowed: ["refund"] })).resolves.toEqual({
    answer: "answered",
    calls: [],
  });
  expect((await tried(line, { callsOf: () => [] })).answer).toBe("answered");
  // Of an app that only its own `tool()` is answered in, the tools of an SDK are not, and the other way round.
  const own = await reporting("own", '{"hooked":"hone"}\n');
  await expect(tried(own)).rejects.toThrow("TOOLS_NOT_REPLAYED");
  const callsOf = () => [{ name: "refund", arguments: {}, result: "ok", isOwn: true } as const];
  expect((await tried(own, { callsOf })).answer).toBe("answered");
  const sdk = await reporting("sdk", '{"hooked":"ai"}\n');
  await expect(tried(sdk, { callsOf })).rejects.toThrow("TOOLS_NOT_REPLAYED");
});

it("counts the calls of a report whose lines a killed process has cut", async () => {
  const lines = '{"hooked":"ai"}\n{"tool":"ref{"tool":"refund","answer":"exact"}\n';
  const { calls } = await tried(
    await reporting("cut", `${lines}{"tool":"refund","answer":"exact"}\n{"to`),
  );
  expect(calls).toEqual([{ tool: "refund", answer: "exact" }]);
});
