/**
 * Chat templates: how a conversation is written as the one text that a model was trained on.
 *
 * A template is a Jinja program in the model's folder. It is rendered as `transformers` renders it: white space around
 * blocks is trimmed, `tojson` writes plain JSON with Python's separators and no HTML escapes, a template may refuse a
 * conversation with `raise_exception`, and special tokens are its variables `bos_token`, `eos_token` and so on. Names of
 * months and days are English in every language of the machine.
 */
import { basename, join } from "node:path";
import { HoneError, messageOf } from "../core/errors.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { readOptionalFolder, readOptionalJson, readOptionalText } from "./folder-files.ts";
import { formatTime } from "./format-time.ts";
import { bind, string } from "./jinja/arguments.ts";
import { TemplateLimit, TemplateRefusal } from "./jinja/faults.ts";
import { textOf } from "./jinja/print.ts";
import { Callable } from "./jinja/values.ts";
import { parseTemplate, runTemplate, type Program } from "./jinja.ts";
import { readSpecialTokens } from "./special-tokens.ts";

/** A message as templates read it: `role`, `content`, `tool_calls` …, named as in the OpenAI chat format. */
export type TemplateMessage = JsonObject;

/** How a conversation is rendered. */
export interface RenderOptions {
  /** End with the header of an assistant's message, behind which the model writes. Default false. */
  readonly generationPrompt?: boolean;
  /** Tools in the form { type: "function", function: { name, description, parameters } }. */
  readonly tools?: readonly object[] | undefined;
  /** Further variables of the template, such as `enable_thinking`. */
  readonly variables?: JsonObject | undefined;
}

/** A template that is ready to render. */
export interface ChatTemplate {
  /** The text of the Jinja program. */
  readonly source: string;
  /**
   * The text of a conversation.
   * @throws CHAT_TEMPLATE_REFUSED when the template itself refuses the messages; CHAT_TEMPLATE_FAILED when it cannot be run;
   *         CHAT_TEMPLATE_ENDLESS when it does not come to an end
   */
  render(messages: readonly TemplateMessage[], options?: RenderOptions): string;
  /** Another program with the same special tokens. @throws CHAT_TEMPLATE_INVALID */
  withSource(source: string): ChatTemplate;
}

/** What a template is compiled with. */
export interface CompileOptions {
  /** Names the template in error messages. Default "The chat template". */
  readonly where?: string;
  /** Special tokens by their name in tokenizer_config.json, such as { bos_token: "<s>" }. */
  readonly specials?: Readonly<Record<string, string>>;
  /** The time that `strftime_now` formats. Default: the local time of day. */
  readonly now?: () => Date;
}

/**
 * The chat template of a Hugging Face folder, or undefined when it has none.
 *
 * Templates stand in chat_template.jinja, with further ones by name in additional_chat_templates; without these in
 * tokenizer_config.json, then in chat_template.json. Of several named templates "tool_use" is used when `hasTools`, else
 * "default", which is the name of chat_template.jinja. One that is alone is used whatever its name.
 * @throws CHAT_TEMPLATE_INVALID when it is not Jinja; CHAT_TEMPLATE_AMBIGUOUS when there are several and none is named so;
 *   TOKENIZER_INVALID when a file is not JSON or not UTF-8
 */
export async function readChatTemplate(
  folder: string,
  options: { readonly hasTools?: boolean; readonly now?: () => Date } = {},
): Promise<ChatTemplate | undefined> {
  const found = await findTemplate(folder, options.hasTools === true);
  return (
    found &&
    compileChatTemplate(found.source, {
      ...options,
      where: join(folder, found.file),
      specials: await readSpecialTokens(folder),
    })
  );
}

interface FoundTemplate {
  readonly file: string;
  readonly source: string;
}

async function findTemplate(folder: string, hasTools: boolean): Promise<FoundTemplate | undefined> {
  const places = [
    async () => templateFiles(folder),
    async () => templateEntries(folder, "tokenizer_config.json"),
    async () => templateEntries(folder, "chat_template.json"),
  ];
  const names: string[] = [];
  for (const place of places) {
    const templates = await place();
    const found = chosen(templates, hasTools);
    if (found !== undefined) return found;
    names.push(...templates.keys());
  }
  if (names.length > 0)
    throw new HoneError("CHAT_TEMPLATE_AMBIGUOUS", { folder, names: names.join(", ") });
  return undefined;
}

/** Of the templates of one place the one for conversations with tools, or without. */
function chosen<Template>(named: ReadonlyMap<string, Template>, hasTools: boolean) {
  const [only] = named.size === 1 ? named.values() : [];
  return (hasTools ? named.get("tool_use") : undefined) ?? named.get("default") ?? only;
}

/** The templates that are files, by name. */
async function templateFiles(folder: string): Promise<Map<string, FoundTemplate>> {
  const extra = (await readOptionalFolder(join(folder, FURTHER))).filter((name) =>
    name.endsWith(".jinja"),
  );
  const files = ["chat_template.jinja", ...extra.map((name) => join(FURTHER, name))];
  const templates = new Map<string, FoundTemplate>();
  for (const file of files) {
    const source = await readOptionalText(folder, file);
    const name = file === files[0] ? "default" : basename(file, ".jinja");
    if (source !== undefined) templates.set(name, { file, source });
  }
  return templates;
}

/** The folder of a model's further templates. */
const FURTHER = "additional_chat_templates";

/** The templates in an entry of a JSON file, by name: a text, which is the default, or a list of named texts. */
async function templateEntries(folder: string, file: string): Promise<Map<string, FoundTemplate>> {
  const entry = (await readOptionalJson(folder, file))?.["chat_template"];
  const rows = typeof entry === "string" ? [{ name: "default", template: entry }] : entry;
  const templates = new Map<string, FoundTemplate>();
  for (const { name, template } of Array.isArray(rows) ? rows.filter(isObject) : []) {
    if (typeof name !== "string" || typeof template !== "string") continue;
    templates.set(name, { file, source: template });
  }
  return templates;
}

/**
 * A template ready to render.
 * @throws CHAT_TEMPLATE_INVALID when the text is not Jinja
 * @example
 * compileChatTemplate(chatml).render([{ role: "user", content: "2 + 2?" }], { generationPrompt: true });
 */
export function compileChatTemplate(source: string, options: CompileOptions = {}): ChatTemplate {
  const { where = "The chat template", specials = {}, now = () => new Date() } = options;
  let program: Program;
  try {
    program = parseTemplate(source);
  } catch (error) {
    const facts = { where, problem: messageOf(error) };
    throw new HoneError("CHAT_TEMPLATE_INVALID", facts, { cause: error });
  }
  return {
    source,
    withSource: (other) => compileChatTemplate(other, options),
    render(messages, { generationPrompt = false, tools, variables = {} } = {}) {
      const names = {
        ...functions(now),
        documents: null,
        ...specials,
        ...variables,
        messages,
        add_generation_prompt: generationPrompt,
        tools: tools ?? null,
      };
      try {
        return runTemplate(program, names);
      } catch (error) {
        throw new HoneError(codeOf(error), { where, problem: messageOf(error) }, { cause: error });
      }
    },
  };
}

function codeOf(error: unknown) {
  if (error instanceof TemplateRefusal) return "CHAT_TEMPLATE_REFUSED";
  return error instanceof TemplateLimit ? "CHAT_TEMPLATE_ENDLESS" : "CHAT_TEMPLATE_FAILED";
}

/** The functions that transformers adds to Jinja's. */
const functions = (now: () => Date): Readonly<Record<string, Callable>> => ({
  raise_exception: new Callable("raise_exception", (call) => {
    throw new TemplateRefusal(textOf(bind("raise_exception", call, "message")[0]!));
  }),
  strftime_now: new Callable("strftime_now", (call) =>
    formatTime(now(), string(bind("strftime_now", call, "format")[0]!)),
  ),
});
