/** What supervised methods learn from, conversations or rows of tokens, as examples that become rows when they are needed. */
import { conversationRows, type RowsPer, rowsPerChoices } from "../../core/conversation-turns.ts";
import { HoneError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/known-options.ts";
import type { ConversationSettings, Message } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { SupervisedRow } from "../blocks/datums.ts";

/** The data of a supervised method: conversations, or rows that are tokens already. */
export interface SupervisedData {
  /** Conversations to learn from; their assistant turns are trained. Either these or `rows`. */
  readonly conversations?: readonly (readonly Message[])[];
  /**
   * What one row holds: "conversation", a whole conversation with all its turns learned, or "turn", one turn of the assistant
   * that is learned and the conversation before it. For templates that write earlier turns differently once others follow,
   * as those that drop earlier reasoning. Only with `conversations`. Default "conversation".
   */
  readonly rowsPer?: RowsPer;
  /** What each conversation says besides its messages, in their order, such as the tools it offers. Default: nothing. */
  readonly settings?: readonly ConversationSettings[];
  /** Rows that are tokens already. Either these or `conversations`. */
  readonly rows?: readonly SupervisedRow[];
  /** How much each conversation or row counts, in their order, above 0. Default 1 each. */
  readonly weights?: readonly number[];
}

/** The names of these options. */
export const supervisedDataNames: OptionNames<SupervisedData> = {
  conversations: true,
  rowsPer: true,
  settings: true,
  rows: true,
  weights: true,
};

/** What becomes one row: tokens, or a conversation, or a turn of one. */
export interface Example {
  /** The index of the conversation or row that it is made of. */
  readonly source: number;
  /** How much the row counts. */
  readonly weight: number;
  read(renderer: Renderer): Promise<SupervisedRow>;
}

/** How many conversations or rows were given. */
export const givenCount = ({ rows, conversations }: SupervisedData): number =>
  rows?.length ?? conversations?.length ?? 0;

/**
 * The examples of the data, in its order.
 * @param name  of the method, for errors
 * @throws DATA_EMPTY; OPTION_INVALID for `rowsPer`, and for weights that are not one number above 0 for each conversation or row
 */
export function examplesOf(name: string, data: SupervisedData): readonly Example[] {
  const { conversations = [], settings = [], rows, rowsPer = "conversation" } = data;
  optionChecks(name).oneOf("rowsPer", rowsPer, rowsPerChoices);
  if (givenCount(data) === 0)
    throw new HoneError(
      "DATA_EMPTY",
      rows === undefined
        ? { where: `${name}: conversations`, item: "conversation" }
        : { where: `${name}: rows`, item: "row" },
    );
  checkWeights(name, data);
  const weight = (i: number): number => data.weights?.[i] ?? 1;
  if (rows !== undefined) {
    if (rowsPer === "turn") throw onlyOfConversations(name);
    return rows.map((row, i) => ({
      source: i,
      weight: weight(i),
      read: async () => ({ id: `row ${i}`, ...row }),
    }));
  }
  return conversations.flatMap((messages, i) => {
    const turns = conversationRows(messages, settings[i] ?? {}, rowsPer);
    return turns.map((one, turn) => ({
      source: i,
      weight: weight(i),
      async read(renderer) {
        const { tokens, mask } = await renderer.conversation(one.messages, one.settings);
        const id = rowsPer === "turn" ? `conversation ${i}, turn ${turn}` : `conversation ${i}`;
        return { id, tokens, mask };
      },
    }));
  });
}

function checkWeights(name: string, data: SupervisedData): void {
  const { weights } = data;
  if (weights === undefined) return;
  const count = givenCount(data);
  const wrong = weights.find((weight) => !(weight > 0 && weight < Infinity));
  if (weights.length === count && wrong === undefined) return;
  throw new HoneError("OPTION_INVALID", {
    where: name,
    option: "weights",
    got: wrong === undefined ? `${weights.length} numbers` : String(wrong),
    expected: `${count} numbers above 0, one per conversation or row`,
  });
}

const onlyOfConversations = (name: string): HoneError =>
  new HoneError("OPTION_INVALID", {
    where: name,
    option: "rowsPer",
    got: '"turn" beside rows of tokens',
    expected: '"turn" only with conversations',
  });
