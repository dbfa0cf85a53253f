/** Renders rows of compare_templates.py with the module of chat templates named first, and writes the texts or errors. */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { compileChatTemplate } from "../../packages/hone/src/text/chat-template.ts";

interface Row {
  readonly source: string;
  readonly given: Readonly<Record<string, unknown>>;
}

const [module, input, output] = process.argv.slice(2) as [string, string, string];
const { compileChatTemplate: compile } = (await import(pathToFileURL(module).href)) as {
  readonly compileChatTemplate: typeof compileChatTemplate;
};
const { specials, rows } = JSON.parse(readFileSync(input, "utf8")) as {
  readonly specials: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
};

const now = () => new Date(2026, 0, 5, 9, 7, 3);

function rendered({ source, given }: Row) {
  const { messages, tools, add_generation_prompt: generationPrompt, ...variables } = given;
  try {
    const template = compile(source, { specials, now });
    const options = { generationPrompt, tools: tools ?? undefined, variables } as Parameters<typeof template.render>[1];
    return { text: template.render(messages as Parameters<typeof template.render>[0], options) };
  } catch (error) {
    return { error: String(error) };
  }
}

writeFileSync(output, JSON.stringify(rows.map(rendered)));
