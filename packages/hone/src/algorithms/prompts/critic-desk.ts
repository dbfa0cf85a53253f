/** Questions to the critic: several at a time, on a budget, and what it writes is checked before it is used. */
import { promisePool } from "../../core/promise-pool.ts";
import { randomBits } from "../../core/random.ts";
import type { Message } from "../../core/message.ts";
import type { Prompts } from "../../core/prompts.ts";
import type { CriticReply } from "../../ports/critic.ts";
import type { PromptMethodParts } from "../../ports/prompt-method.ts";
import { againMessages, editProblem, promptFormat, promptIn } from "./critic-wording.ts";
import { type SearchBudget, SearchEnd } from "./search-end.ts";
import type { SearchSettings } from "./search-options.ts";

/** After so many replies in a row without a usable prompt the search ends: the critic does not understand what it is asked. */
const MAX_UNUSABLE_IN_A_ROW = 10;

/** What a desk works with. */
export interface CriticDeskParts {
  readonly method: string;
  readonly settings: SearchSettings;
  readonly parts: PromptMethodParts;
  readonly budget: SearchBudget;
  /** Counts a warning by its code. */
  readonly warn: (code: string) => void;
}

/** A question, with what tells it from every other question of the run; this decides its seed. */
export interface Question {
  readonly key: string;
  readonly messages: readonly Message[];
}

/** The wish for a new wording of one prompt. */
export interface EditQuestion extends Question {
  readonly prompts: Prompts;
  /** The name of the prompt that is to change. */
  readonly name: string;
}

/** Asks the critic. */
export class CriticDesk {
  readonly #desk: CriticDeskParts;
  #unusableInRow = 0;

  constructor(desk: CriticDeskParts) {
    this.#desk = desk;
  }

  /** Whether the critic's replies are bound to a form. */
  get isBound(): boolean {
    return this.#desk.parts.critic.bindsReplies === true;
  }

  /**
   * Asks several questions side by side.
   * @returns the replies in the order of the questions
   * @throws  SearchEnd where the budget does not suffice; nothing is asked then. What the critic throws
   */
  async ask(
    questions: readonly Question[],
    form: { readonly isEdit?: boolean } = {},
  ): Promise<readonly string[]> {
    const { method, settings, parts, budget } = this.#desk;
    const { critic, seed, signal } = parts;
    budget.takeCalls(questions.length);
    const replies = await promisePool(
      questions.map(({ key, messages }) => (): Promise<CriticReply> => {
        return critic.ask({
          messages,
          seed: randomBits(method, seed, "critic", key),
          ...(form.isEdit === true && this.isBound && { responseFormat: promptFormat }),
          ...(signal && { signal }),
        });
      }),
      settings.criticConcurrency,
    );
    for (const reply of replies) budget.useTokens(critic.name, reply);
    return replies.map(({ text }) => text);
  }

  /**
   * New wordings. A reply that cannot be used is asked for once more, with what is wrong with it, where the budget allows it.
   * @returns for each question the prompts with the new wording; undefined where there is none
   * @throws  as `ask`; SearchEnd after too many replies in a row that hold no usable prompt
   */
  async edits(questions: readonly EditQuestion[]): Promise<readonly (Prompts | undefined)[]> {
    const first = await this.#read(questions);
    const again = first.flatMap((one, i) => {
      const { problem } = one;
      const { key, messages, ...about } = questions[i]!;
      if (problem === undefined) return [];
      const more = againMessages(messages, one.reply, problem);
      return [{ i, question: { ...about, key: `${key} again`, messages: more } }];
    });
    const isAffordable = again.length <= this.#desk.budget.callsLeft;
    const second = isAffordable ? await this.#read(again.map(({ question }) => question)) : [];
    const last = first.map((one, i) => second[again.findIndex((two) => two.i === i)] ?? one);
    const usable = last.filter(({ problem }) => problem === undefined).length;
    this.#unusableInRow = usable > 0 ? 0 : this.#unusableInRow + last.length;
    if (this.#unusableInRow >= MAX_UNUSABLE_IN_A_ROW) throw new SearchEnd("critic");
    return last.map(({ prompts }) => prompts);
  }

  async #read(questions: readonly EditQuestion[]): Promise<readonly ReadEdit[]> {
    const replies = await this.ask(questions, { isEdit: true });
    return replies.map((reply, i) => {
      const { prompts, name } = questions[i]!;
      const edited = promptIn(reply, this.isBound);
      const problem = editProblem(prompts[name]!, edited, this.#desk.settings.maxPromptLength);
      if (problem === undefined) return { reply, prompts: { ...prompts, [name]: edited! } };
      this.#desk.warn(edited === undefined ? "CRITIC_REPLIES_UNUSABLE" : "PROMPT_EDITS_REFUSED");
      return { reply, problem };
    });
  }
}

interface ReadEdit {
  readonly reply: string;
  readonly prompts?: Prompts;
  /** Why the reply cannot be used. */
  readonly problem?: string;
}
