/** Templates that mark what the assistant says with `{% generation %} … {% endgeneration %}`, as `transformers` reads it. */
import type { ChatTemplate } from "./chat-template.ts";

const TAG = /\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}/gu;

const compiled = new WeakMap<ChatTemplate, ChatTemplate>();

/**
 * The same template with a mark written at the beginning and at the end of each of its generation blocks; undefined when
 * it has none. A mark stands between two tags that trim as the replaced tag did.
 */
export function markGenerations(
  template: ChatTemplate,
  [open, close]: readonly [string, string],
): ChatTemplate | undefined {
  const known = compiled.get(template);
  if (known !== undefined) return known;
  const source = template.source.replace(TAG, (_, left: string, end: string, right: string) => {
    const mark = end === undefined ? open : close;
    return `{%${left} if true %}{{ '${mark}' }}{% endif ${right}%}`;
  });
  if (source === template.source) return undefined;
  const marked = template.withSource(source);
  compiled.set(template, marked);
  return marked;
}
