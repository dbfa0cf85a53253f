/** Whether the model's chat template and tokenizer still give the tokens that its policy was prompted with. */
import { continuedTurn, type RecordedCall } from "../../agents/continued-turn.ts";
import type { ConversationSettings } from "../../core/message.ts";
import type { TokenIds, Turn } from "../../core/rollout.ts";
import { isHoneError } from "../../core/errors.ts";
import type { Renderer } from "../../ports/renderer.ts";

/** A prompt that is another when it is rendered again. */
export interface PromptDifference {
  /** The turn, from 0. */
  readonly turn: number;
  /** "template": other text. "tokenisation": the same text in other tokens. "unreadable": it cannot be rendered at all. */
  readonly kind: "template" | "tokenisation" | "unreadable";
  /** The index of the first token that differs. */
  readonly at: number;
  /** The text around that place as the policy was given it, and as it is rendered now; of tokens their ids. */
  readonly sampled: string;
  readonly now: string;
}

/** Tokens before and behind a difference that are shown. */
const [BEFORE, BEHIND] = [6, 10];

/**
 * The first turn whose prompt the renderer gives otherwise; undefined where all are the same. A prompt that goes on from an earlier
 * turn is rendered as the chat model did: those tokens with the added messages behind them.
 */
export async function promptDifference(
  turns: readonly Turn[],
  renderer: Renderer,
): Promise<PromptDifference | undefined> {
  const calls: RecordedCall[] = [];
  for (const [turn, one] of turns.entries()) {
    const settings = one.tools === undefined ? undefined : { tools: one.tools };
    const difference = await differenceOf(one, { calls, settings, renderer });
    if (difference !== undefined) return { turn, ...difference };
    calls.push({ turn: one, settings });
  }
  return undefined;
}

interface Rendering {
  readonly calls: readonly RecordedCall[];
  readonly settings: ConversationSettings | undefined;
  readonly renderer: Renderer;
}

async function differenceOf(
  turn: Turn,
  rendering: Rendering,
): Promise<Omit<PromptDifference, "turn"> | undefined> {
  const { promptTokens } = turn;
  try {
    const now = await promptOf(turn, rendering);
    if (await isPrompt(promptTokens, now, rendering)) return undefined;
    const plain = await rendering.renderer.prompt(turn.messages, { isPlain: true });
    if (isSame(promptTokens, plain)) return undefined;
    return await described(promptTokens, now, rendering.renderer);
  } catch (error) {
    if (!isHoneError(error)) throw error;
    const sampled = await rendering.renderer.decode(promptTokens.slice(-BEHIND));
    return { kind: "unreadable", at: 0, sampled, now: error.message };
  }
}

async function promptOf(
  { messages }: Turn,
  { calls, settings, renderer }: Rendering,
): Promise<TokenIds> {
  const last = continuedTurn(calls, messages, settings);
  if (last === undefined) return renderer.prompt(messages, settings);
  const before = [...last.promptTokens, ...last.tokens];
  const added = messages.slice(last.messages.length + 1);
  return renderer.extend(before, added, [...last.messages, last.reply], settings);
}

/** Whether a prompt is the rendered one, or that with the opening of a reply that had to call a tool or not to think. */
async function isPrompt(
  given: TokenIds,
  rendered: TokenIds,
  { settings, renderer }: Rendering,
): Promise<boolean> {
  if (isSame(given, rendered)) return true;
  if (!isSame(given.slice(0, rendered.length), rendered)) return false;
  const opening = given.slice(rendered.length);
  if (isSame(opening, await renderer.answerOpening(rendered))) return true;
  if (settings?.tools === undefined) return false;
  const names = (JSON.parse(settings.tools) as { function?: { name?: string } }[]).flatMap(
    (tool) => tool.function?.name ?? [],
  );
  for (const choice of ["required" as const, ...names.map((name) => ({ name }))])
    if (isSame(opening, await renderer.callOpening(choice, rendered, settings))) return true;
  return false;
}

const isSame = (a: TokenIds, b: TokenIds): boolean =>
  a.length === b.length && a.every((token, t) => token === b[t]);

async function described(
  given: TokenIds,
  now: TokenIds,
  renderer: Renderer,
): Promise<Omit<PromptDifference, "turn">> {
  const found = given.findIndex((token, t) => token !== now[t]);
  const at = found < 0 ? given.length : found;
  const [before, after] = await Promise.all([renderer.decode(given), renderer.decode(now)]);
  if (before === after) {
    const ids = (tokens: TokenIds): string => tokens.slice(at, at + BEHIND).join(" ");
    return { kind: "tokenisation", at, sampled: ids(given), now: ids(now) };
  }
  const around = (tokens: TokenIds): Promise<string> =>
    renderer.decode(tokens.slice(Math.max(0, at - BEFORE), at + BEHIND));
  return { kind: "template", at, sampled: await around(given), now: await around(now) };
}
