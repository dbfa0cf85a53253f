import { describe, expect, it } from "vitest";
import type { Rollout } from "../core/rollout.ts";
import { pointerFormat } from "./checkpoint-format.ts";
import { readFormat, readRows, writeFormat, writeHeader, writeRow } from "./format.ts";
import { sampleRow, samplesFormat } from "./samples-format.ts";

describe("file formats", () => {
  const text = writeFormat(pointerFormat, { checkpoint: "sft-step-000001" });

  it("put their name and version first, and read back what was written", () => {
    expect(text.startsWith('{\n  "format": "hone.checkpoint-pointer",\n  "version": 1,')).toBe(
      true,
    );
    expect(readFormat(pointerFormat, text, "latest.json")).toEqual({
      checkpoint: "sft-step-000001",
    });
  });

  it.each([
    ["another version", text.replace("1", '"1.5"'), "FORMAT_UNKNOWN_VERSION", '"1.5"'],
    ["no version", text.replace('"version": 1,', ""), "FORMAT_UNKNOWN_VERSION", "version none"],
    ["another format", text.replace("hone.c", "hone.k"), "FILE_DAMAGED", "hone.kheckpoint"],
    ["no format", "{}", "FILE_DAMAGED", "no format"],
    ["half a file", text.slice(0, 30), "FILE_DAMAGED", "not JSON"],
    ["a list", "[]", "FILE_DAMAGED", "no JSON object"],
    ["an unknown key", text.replace("{", '{"more": 1,'), "FILE_DAMAGED", "more"],
    ["a path for a name", text.replace("sft", "../sft"), "FILE_DAMAGED", "checkpoint: "],
  ])("refuse %s with a code and name the file", (_, content, code, words) => {
    const read = (): unknown => readFormat(pointerFormat, content, "/runs/a/latest.json");
    expect(read).toThrow(expect.objectContaining({ code }) as Error);
    expect(read).toThrow("/runs/a/latest.json");
    expect(read).toThrow(words);
  });

  it("keep a rollout's last conversation as a sample, tool calls included", () => {
    const call = { id: "c1", name: "add", arguments: '{"a":1' };
    const rollout: Rollout = {
      id: "r1",
      task: { id: "t1" },
      turns: [
        {
          messages: [{ role: "user", content: "1 + 1?" }],
          reply: { role: "assistant", content: "", toolCalls: [call] },
          promptTokens: [1],
          tokens: [2],
          logProbs: [-1],
          samplingLogProbs: [-1],
          temperature: 1,
          isTruncated: false,
          stopReason: "stop",
          weightsVersion: "1",
        },
      ],
      answer: { value: 2 },
      reward: { total: Number.NaN, components: { success: 0 }, source: "rule" },
      isSuccess: false,
      failure: { boundary: "tool", message: "no such tool" },
      attempts: 2,
      seconds: 0.5,
    };
    const row = sampleRow("grpo", 3, rollout);
    expect(readRows(samplesFormat, writeHeader(samplesFormat) + writeRow(row), "s")).toEqual([row]);
    expect(row.conversation).toEqual([...rollout.turns[0]!.messages, rollout.turns[0]!.reply]);
    expect(row).toMatchObject({ section: "grpo", step: 3, taskId: "t1", answer: { value: 2 } });
  });
});
