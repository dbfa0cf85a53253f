/** A model that plays the members of the first teams: it knows the right answer, and errs at a rate. */
import { Random } from "../../../core/random.ts";
import type { ChatModel } from "../../../ports/chat-model.ts";
import { compactReply, type CompactAction } from "./compact-member.ts";
import type { OffersTask } from "./offers.ts";

/** How the model plays. */
export interface ScriptedPlay {
  /** Share of its replies that are wrong. */
  readonly mistakeRate: number;
  readonly seed: number;
}

/**
 * Gives the right answer where none is shown, votes for it where it is shown, and gives it where others stand there; a mistake is a
 * draw among all answers, or among all that are shown.
 */
export function scriptedModel(
  { id, letters, answer }: OffersTask,
  { mistakeRate, seed }: ScriptedPlay,
): ChatModel {
  let call = 0;
  return {
    chat: async (messages) => {
      const prompt = messages.at(-1)!.content;
      const shown = prompt
        .split("?")[1]!
        .trim()
        .split(/\s+/)
        .filter((_, i) => i % 2 === 1);
      const random = new Random("scripted member", seed, id, call++);
      const errs = random.uniform() < mistakeRate;
      const action = (): CompactAction => {
        if (shown.length === 0) return { kind: "say", text: errs ? random.pick(letters) : answer };
        if (errs) return { kind: "vote", number: random.integer(1, shown.length) };
        const right = shown.indexOf(answer);
        return right < 0 ? { kind: "say", text: answer } : { kind: "vote", number: right + 1 };
      };
      return { role: "assistant", content: compactReply(action()) };
    },
  };
}
