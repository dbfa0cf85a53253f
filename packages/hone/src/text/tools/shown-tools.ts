/** A conversation with tools, as a template can show it. */
import { elementsOf, membersOf } from "../../core/json-text.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import { pythonValues } from "../jinja/from-json.ts";
import {
  toolPrompt,
  withCallsAsWords,
  withResultsAsWords,
  withToolPrompt,
} from "./prompted-tools.ts";
import type { ToolStyle } from "./tool-style.ts";

/** What a template is rendered with. */
export interface ShownConversation {
  readonly messages: readonly Message[];
  /** The variable `tools`; undefined where the template gets none. */
  readonly tools: readonly object[] | undefined;
  /** Further variables. */
  readonly variables: JsonObject;
}

/**
 * The conversation in the way the template deals with tools: what it has no place for becomes words.
 * @param tools JSON text of a list of tools, `{ type: "function", function }` or the functions alone
 */
export function showTools(
  messages: readonly Message[],
  tools: string,
  style: ToolStyle,
): ShownConversation {
  const { variable, example, takesSystem } = style;
  const called = style.writesCalls ? messages : withCallsAsWords(messages);
  const answered = style.writesResults ? called : withResultsAsWords(called);
  const functions = elementsOf(tools).map(
    ({ text }) => membersOf(text).get("function")?.text ?? text,
  );
  const prompt = variable === undefined ? toolPrompt(functions, example) : undefined;
  return {
    messages: prompt === undefined ? answered : withToolPrompt(answered, prompt, takesSystem),
    tools: variable === "tools" ? values(elementsOf(tools).map(({ text }) => text)) : undefined,
    variables: variable === "xml_tools" ? { xml_tools: values(functions) } : {},
  };
}

/** Values of JSON texts as Python reads them: numbers keep their digits, keys their order. */
const values = (texts: readonly string[]): readonly object[] =>
  texts.flatMap((text) => pythonValues(text) ?? []);
