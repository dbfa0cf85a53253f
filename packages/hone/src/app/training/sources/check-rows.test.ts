import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConversations } from "../../../data/conversations.ts";
import { checkRows } from "./check-rows.ts";

const golden = fileURLToPath(
  new URL("../../../../../../test/golden/models/qwen2", import.meta.url),
);

/** A template that writes arguments by `tojson` whatever they are, as Llama's do. */
const template = `{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + (m.content or '') }}
{%- for c in m.tool_calls or [] %}{{ c.function.name + ' ' }}{{ c.function.arguments | tojson }}{% endfor %}{{ '<|im_end|>\\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-check-rows-"));
  await cp(golden, folder, { recursive: true });
  await writeFile(join(folder, "chat_template.jinja"), template);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(given: unknown) {
  const file = join(folder, "chats.jsonl");
  const call = { id: "c", type: "function", function: { name: "f", arguments: given } };
  const messages = [
    { role: "user", content: "q" },
    { role: "assistant", content: null, tool_calls: [call] },
  ];
  await writeFile(file, JSON.stringify({ messages }));
  const { conversations } = await readConversations(file);
  return checkRows(folder, conversations, file);
}

describe("the rows of a file, looked at before training", () => {
  it("warn where the template writes arguments that are text inside quotes", async () => {
    expect(await check('{"city":"Oslo"}')).toMatchObject({
      code: "ARGUMENTS_QUOTED",
      text: expect.stringMatching(/: 1 tool calls hold their arguments as text/) as string,
    });
  });

  it("say nothing of arguments that are an object", async () => {
    expect(await check({ city: "Oslo" })).toBeUndefined();
  });

  it("name the line that the model cannot read, with the way out", async () => {
    const source = await readFile(join(folder, "chat_template.jinja"), "utf8");
    await writeFile(join(folder, "chat_template.jinja"), source.replaceAll("tool_calls", "calls"));
    await expect(check({})).rejects.toThrow(
      /^DATA_LINE_INVALID: .*:1: the model cannot read it: CHAT_TEMPLATE_LACKS: .*Leave tool calls out/,
    );
  });
});
