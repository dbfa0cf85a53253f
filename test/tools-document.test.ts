/** docs/tools.md shows what is so: its first program runs, and its tables and its prompt are those of the code. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ToolLoopAnswer } from "../packages/hone/src/agents/tools/tool-loop.ts";
import { toolPrompt } from "../packages/hone/src/text/tools/prompted-tools.ts";
import type { Message } from "../packages/hone/src/core/message.ts";
import type { ChatAgent } from "../packages/hone/src/ports/agent.ts";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/tools.md"), "utf8");

it("begins with a program that runs", async () => {
  const code = /```ts\n([^]*?)```/u.exec(page)![1]!;
  // Within the repository, so that the package is found.
  const folder = mkdtempSync(join(root, "node_modules", ".hone-tools-document-"));
  try {
    const file = join(folder, "agent.ts");
    writeFileSync(
      file,
      `${code.replace('"hone-rl/agents"', JSON.stringify(join(root, "packages/hone/src/agents.ts")))}\nexport { agent };\n`,
    );
    const { agent } = (await import(/* @vite-ignore */ file)) as { agent: ChatAgent };
    const replies: Message[] = [
      {
        role: "assistant",
        content: "",
        toolCalls: [{ id: "c", name: "add", arguments: '{"a": 2, "b": 3}' }],
      },
      { role: "assistant", content: "5" },
    ];
    const model = { chat: async () => replies.shift()! };
    const task = { id: "t", question: "2 + 3?" };
    const { signal } = new AbortController();
    const answer = (await agent(task, { model, signal, seed: 0 })) as ToolLoopAnswer;
    expect(answer.messages.at(-2)).toEqual({ role: "tool", toolCallId: "c", content: "5" });
    // What is counted is in the table.
    const kinds = Object.keys(answer.counts);
    expect(kinds.filter((kind) => !page.includes(`\`${kind}\``))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("shows the prompt that templates without tools get", () => {
  const tool = '{"name":"add","description":"Adds two numbers.","parameters":{…}}';
  expect(page).toContain(toolPrompt([tool]));
});
