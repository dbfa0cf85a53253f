/** How long a row may be for the model that learns from it. */
import { HoneError } from "../../../core/errors.ts";
import type { ConversationSettings, Message } from "../../../core/message.ts";
import type { TokenIds } from "../../../core/rollout.ts";
import { readArchitecture } from "../../../engine/models/models.ts";
import { openModelFolder } from "../../../engine/weights/model-folder.ts";
import type { Renderer } from "../../../ports/renderer.ts";

/** The longest row of a model. */
export interface ContextLimit {
  /** The tokens that the model reads at most. */
  readonly contextLength: number;
  readonly fits: (row: Tokens) => boolean;
  /** ROW_TOO_LONG for a row that does not fit. @param name  of the row */
  readonly error: (name: string, row: Tokens, toolTokens?: number) => HoneError;
}

interface Tokens {
  readonly tokens: TokenIds;
}

/**
 * The limit of a model's folder.
 * @param trainsValues  whether a value head reads the row's last token, too; a policy only predicts it. Default false
 */
export async function contextLimit(
  model: string,
  { trainsValues = false }: { readonly trainsValues?: boolean | undefined } = {},
): Promise<ContextLimit> {
  const { config } = await openModelFolder(model);
  const { contextLength } = readArchitecture(config, `${model}/config.json`);
  const most = trainsValues ? contextLength : contextLength + 1;
  return {
    contextLength,
    fits: ({ tokens }) => tokens.length <= most,
    error: (row, { tokens: { length } }, toolTokens) =>
      new HoneError("ROW_TOO_LONG", {
        ...{ row, length, contextLength },
        ...(toolTokens !== undefined && { toolTokens }),
      }),
  };
}

/** How many tokens of a conversation define its tools; undefined where it has none, or the template refuses it without them. */
export async function toolTokens(
  renderer: Renderer,
  messages: readonly Message[],
  settings: ConversationSettings | undefined,
): Promise<number | undefined> {
  if (settings?.tools === undefined) return undefined;
  const { tools: _, ...others } = settings;
  const counts = [settings, others].map(
    async (one) => (await renderer.conversation(messages, one)).tokens.length,
  );
  const [whole, without] = await Promise.all(counts).catch(() => []);
  return whole === undefined || without === undefined ? undefined : whole - without;
}

/** What is left out for its length, for people. */
export const tooLongText = (count: number, what: string, { contextLength }: ContextLimit): string =>
  `${count} ${what} left out: longer than the model's context of ${contextLength} tokens`;
