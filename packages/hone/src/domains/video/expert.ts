/** A scripted organiser that asks the two other agents what it needs, says what follows, and answers; makes mistakes at a given rate. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import { speaksOf } from "../../environments/open-question.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action, EpisodeStep } from "../../ports/environment.ts";
import { contentWords } from "../../core/search-words.ts";
import { formatFinal, numbersIn, parseFinal } from "./final-answer.ts";
import { parseQuestion, type Question } from "./questions.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface VideoExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how. Default 0. */
  readonly seed?: number;
}

/**
 * An expert for `videoEnvironment`, which reads only what the environment says. Without mistakes it answers every question of a known
 * form. A question of other words it searches as it is, and answers with the first caption that is found, if it speaks of the
 * question.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(videoEnvironment(), videoTask("What happens last?"), videoExpert());
 */
export function videoExpert(options: VideoExpertOptions = {}): ActionAgent {
  checkOptions("videoExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("videoExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const asked = steps[0]?.state ?? state;
      const right = rightAction(asked, steps);
      const random = new Random("video expert", seed, steps.length, state);
      return random.uniform() < mistakeRate ? mistake(right, steps, random) : right;
    },
  };
}

const act = (name: string, argument?: string | number): Action =>
  argument === undefined ? { name } : { name, argument: String(argument) };

function rightAction(asked: string, steps: readonly EpisodeStep[]): Action {
  const question = parseQuestion(asked);
  if (question === undefined) return plainAction(asked, steps);
  switch (question.kind) {
    case "first":
    case "last":
      return endsAction(question.kind, steps);
    case "order":
      return orderAction(question.events, steps);
    default:
      return eventAction(question, steps);
  }
}

/** What was said to an action; undefined where it was not taken. */
const answerOf = (steps: readonly EpisodeStep[], { name, argument }: Action): string | undefined =>
  steps.find(({ action }) => action.name === name && action.argument === argument)?.nextState;

/** The action, unless it was taken already: then `next` with what was said to it. */
function once(
  steps: readonly EpisodeStep[],
  action: Action,
  next: (said: string) => Action,
): Action {
  const said = answerOf(steps, action);
  return said === undefined ? action : next(said);
}

function endsAction(kind: "first" | "last", steps: readonly EpisodeStep[]): Action {
  return once(steps, act(`timeline_${kind}`), (said) => {
    const { number, text } = captionsIn(said)[0]!;
    return decided(steps, `${number} is ${kind}`, { answer: text, evidence: [number] });
  });
}

function eventAction(
  question: Question & { readonly event: string },
  steps: readonly EpisodeStep[],
): Action {
  const { kind, event } = question;
  return once(steps, act("text_search", event), (found) => {
    const { number, text } = bestOf(found, event);
    if (kind === "who") {
      const answer = text.split(" ").slice(0, -event.split(" ").length).join(" ");
      return decided(steps, `${number} names ${answer}`, { answer, evidence: [number] });
    }
    if (kind === "after" || kind === "before") {
      const beside = act(kind === "after" ? "timeline_next" : "timeline_previous", number);
      return once(steps, beside, (said) => {
        const [other = { number: 0, text: "nothing" }] = captionsIn(said);
        const verb = kind === "after" ? "follows" : "precedes";
        const evidence = [other.number, number];
        return decided(steps, `${other.number} ${verb} ${number}`, {
          answer: other.text,
          evidence,
        });
      });
    }
    return once(steps, act("timeline_at", number), (said) => {
      const [, start = 0, , length = 0] = said.match(/\d+(?:\.\d+)?/g) ?? [];
      const answer = `${kind === "when" ? start : length} s`;
      const verb = kind === "when" ? "begins at" : "takes";
      return decided(steps, `${number} ${verb} ${answer}`, { answer, evidence: [number] });
    });
  });
}

function orderAction(events: readonly [string, string], steps: readonly EpisodeStep[]): Action {
  const [one, other] = events;
  return once(steps, act("text_search", one), (first) =>
    once(steps, act("text_search", other), (second) => {
      const [a, b] = [bestOf(first, one), bestOf(second, other)];
      return once(steps, act("timeline_at", a.number), (timeOfA) =>
        once(steps, act("timeline_at", b.number), (timeOfB) => {
          const isFirst = startOf(timeOfA) < startOf(timeOfB);
          const [early, late] = isFirst ? [a, b] : [b, a];
          const evidence = [early.number, late.number];
          return decided(steps, `${early.number} before ${late.number}`, {
            ...{ answer: early.text, evidence },
          });
        }),
      );
    }),
  );
}

/** When a caption begins; of one without a time its number, which is its place. */
const startOf = (said: string): number => {
  const [number = 0, start] = (said.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
  return start ?? number;
};

/** A reason, and then the answer. */
const decided = (
  steps: readonly EpisodeStep[],
  reason: string,
  answer: Parameters<typeof formatFinal>[0],
): Action => once(steps, act("reason", reason), () => act("finalize", formatFinal(answer)));

interface Caption {
  readonly number: number;
  readonly text: string;
}

/** The captions in what an agent said: "3 Mia washes the cup | 5 Mia fills the cup". */
const captionsIn = (said: string): readonly Caption[] =>
  said.split(" | ").flatMap((part): readonly Caption[] => {
    const [, number, text] = /^(\d+) (.*)$/.exec(part) ?? [];
    return number === undefined ? [] : [{ number: Number(number), text: text! }];
  });

/** The caption that has all words of an event, else the first. */
function bestOf(found: string, event: string): Caption {
  const words = contentWords(event);
  const captions = captionsIn(found);
  const whole = captions.find(({ text }) => {
    const own = contentWords(text);
    return words.every((word) => own.includes(word));
  });
  return whole ?? captions[0] ?? { number: 0, text: "nothing" };
}

/** For a question of other words: one search, and the first caption that it finds as the answer. */
const plainAction = (asked: string, steps: readonly EpisodeStep[]): Action =>
  once(steps, act("text_search", asked), (found) => {
    const { number, text } = bestOf(found, asked);
    if (!speaksOf(text, asked)) return act("finalize", "not known");
    return decided(steps, `${number} says it`, { answer: text, evidence: [number] });
  });

/** A mistake in place of the right action: one word of a search, the wrong direction, another caption, the wrong answer. */
function mistake(right: Action, steps: readonly EpisodeStep[], random: Random): Action {
  const { name, argument = "" } = right;
  const shown = steps.flatMap(({ nextState }) => captionsIn(nextState));
  const other = shown.length === 0 ? { number: 1, text: "nothing" } : random.pick(shown);
  if (name === "text_search") return act(name, argument.split(" ").at(-1));
  if (name === "timeline_next") return act("timeline_previous", argument);
  if (name === "timeline_previous") return act("timeline_next", argument);
  if (name === "timeline_first") return act("timeline_last");
  if (name === "timeline_last") return act("timeline_first");
  if (name === "timeline_at") return act(name, other.number);
  if (name === "reason")
    return act(name, argument.replace(/\d+/, String(numbersIn(argument)[0]! + 1)));
  const { answer, evidence } = parseFinal(argument);
  return random.uniform() < 0.5
    ? act("finalize", formatFinal({ answer, evidence: [] }))
    : act("finalize", formatFinal({ answer: other.text, evidence }));
}
