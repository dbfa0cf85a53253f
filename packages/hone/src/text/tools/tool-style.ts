/**
 * How a chat template deals with tools: found by rendering a conversation with a tool, a call and a result and looking at what
 * was written, not by the model's name.
 */
import { chatmlCall, promptedForm } from "./prompted-tools.ts";
import { findCallForm } from "./find-call-form.ts";
import type { ChatTemplate, TemplateMessage } from "../chat-template.ts";
import type { CallForm } from "../reply/call-form.ts";
import type { JsonObject } from "../../core/json.ts";

/** What a template does with tools. */
export interface ToolStyle {
  /** The variable in which it takes tools; undefined where it shows none. */
  readonly variable: "tools" | "xml_tools" | undefined;
  /** Whether it writes the calls of a message. */
  readonly writesCalls: boolean;
  /** Whether it writes messages of role "tool". */
  readonly writesResults: boolean;
  /** Whether it writes a system message. */
  readonly takesSystem: boolean;
  /** Whether it wants the arguments of calls as text instead of values. */
  readonly takesTexts: boolean;
  /** How calls are read; undefined where hone does not know the form that the template writes. */
  readonly form?: CallForm | undefined;
  /**
   * The beginning of a reply that must call a tool: up to where the name is written, or, with a name, up to where its
   * arguments are. Undefined where the form is not known.
   */
  readonly opening?: ((name?: string) => string) | undefined;
  /** A call as the template writes it, to show to a model; undefined where calls are words. */
  readonly example?: string | undefined;
}

const NAME = "probe_tool";
const KEY = "probe_key";
const VALUE = "probe_value";
const ID = "probe0001";

const definition = {
  name: NAME,
  description: "probes",
  parameters: { type: "object", properties: { [KEY]: { type: "string", description: "key" } } },
};

const question: TemplateMessage = { role: "user", content: "question" };
const words: TemplateMessage = { role: "assistant", content: "words" };

/** Renders what a probe needs; undefined where the template refuses it. */
type Render = (
  messages: readonly TemplateMessage[],
  generationPrompt?: boolean,
) => string | undefined;

/** @param variables further variables that the template is rendered with */
export function toolStyleOf(template: ChatTemplate, variables: JsonObject = {}): ToolStyle {
  const variable = toolVariable(template, variables);
  const render = renderer(template, variables, variable);
  const system = { role: "system", content: "probe system" };
  const takesSystem = render([system, question], true)?.includes(system.content) === true;
  for (const takesTexts of [false, true]) {
    const calling = callMessage(takesTexts);
    const end = commonEnd(render([question, calling]), render([question, words]));
    const behind = (message: TemplateMessage): string | undefined =>
      writtenFor(render([question, message]), { prompt: render([question], true), end });
    const written = behind(calling);
    if (written?.includes(NAME) !== true) continue;
    const two = behind(callMessage(takesTexts, 2));
    const found = findCallForm({ written, two, name: NAME, key: KEY, value: VALUE, id: ID });
    // Without its tools and without a form that is known, nothing of the template serves.
    if (variable === undefined && found === undefined) break;
    const writesResults = writesResult(render, calling);
    return { variable, writesCalls: true, writesResults, takesSystem, takesTexts, ...found };
  }
  return { ...styleOfWords(variable, render), takesSystem };
}

/** Calls as words, for templates that leave them out. */
function styleOfWords(
  variable: ToolStyle["variable"],
  render: Render,
): Omit<ToolStyle, "takesSystem"> {
  const content = chatmlCall({ name: NAME, arguments: "{}" });
  return {
    variable,
    writesCalls: false,
    writesResults: variable !== undefined && writesResult(render, { role: "assistant", content }),
    takesTexts: false,
    form: promptedForm,
    opening: (name) =>
      name === undefined ? OPENING : `${OPENING} ${JSON.stringify(name)}, "arguments":`,
    example: undefined,
  };
}

const OPENING = '<tool_call>\n{"name":';

/** What is written between the header and the end of the assistant's turn. A thought that the prompt opens is no part of the header. */
function writtenFor(
  text: string | undefined,
  { prompt = "", end }: { readonly prompt: string | undefined; readonly end: number },
): string | undefined {
  if (text === undefined) return undefined;
  const header = prompt.replace(/<think>\s*(?:<\/think>\s*)?$/u, "");
  let length = 0;
  while (length < Math.min(header.length, text.length) && header[length] === text[length]) length++;
  // Not within a mark: "<think>" and "<tool_call>" share their "<t".
  const mark = header.lastIndexOf("<", length - 1);
  const isWithin = length < header.length && mark >= 0 && !header.slice(mark, length).includes(">");
  return text.slice(isWithin ? mark : length, text.length - end);
}

/** How many characters at the end of two texts are equal: the end of a turn, whatever it says. */
function commonEnd(a = "", b = ""): number {
  let n = 0;
  while (n < Math.min(a.length, b.length) && a.at(-1 - n) === b.at(-1 - n)) n++;
  // Not within a mark: "<|END_ACTION|>" and "<|END_TEXT|>" share their "|>".
  const mark = a.lastIndexOf("<", a.length - n - 1);
  const end = mark < 0 ? -1 : a.indexOf(">", mark);
  return end >= a.length - n ? a.length - end - 1 : n;
}

/** The variable by which the template shows a tool. SmolLM3 takes tools as `xml_tools`, by their functions alone. */
function toolVariable(template: ChatTemplate, variables: JsonObject): ToolStyle["variable"] {
  const shows = (variable: "tools" | "xml_tools"): boolean =>
    renderer(template, variables, variable)([question], true)?.includes(NAME) === true;
  return (["tools", "xml_tools"] as const).find(shows);
}

function renderer(
  template: ChatTemplate,
  variables: JsonObject,
  variable: ToolStyle["variable"],
): Render {
  const tools = variable === "tools" ? [{ type: "function", function: definition }] : undefined;
  const all = variable === "xml_tools" ? { ...variables, xml_tools: [definition] } : variables;
  return (messages, generationPrompt = false) => {
    try {
      return template.render(messages, { generationPrompt, tools, variables: all });
    } catch {
      return undefined;
    }
  };
}

function callMessage(takesTexts: boolean, count = 1): TemplateMessage {
  const values = { [KEY]: VALUE };
  const inner = { name: NAME, arguments: takesTexts ? JSON.stringify(values) : values };
  const call = { id: ID, type: "function", function: inner };
  return { role: "assistant", content: "", tool_calls: Array.from({ length: count }, () => call) };
}

function writesResult(render: Render, calling: TemplateMessage): boolean {
  const result = { role: "tool", content: "probe result", name: NAME, tool_call_id: ID };
  return render([question, calling, result], true)?.includes("probe result") === true;
}
