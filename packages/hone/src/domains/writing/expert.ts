/** A scripted expert that writes in the small language, and corrects what its reader finds; makes mistakes at a given rate. */
import { checkOptions } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import type { Action, EpisodeStep } from "../../ports/environment.ts";
import { assess, type Draft } from "./assess.ts";
import { type Brief, parseBrief } from "./brief.ts";
import { drawText, fittingAdjectives, freePlaces } from "./small-writer.ts";
import { changeDraft, emptyDraft } from "./steps.ts";

/** How often, and at which seed, the expert makes mistakes. */
export interface WritingExpertOptions {
  /** Share of actions that are wrong, in [0, 1]. Default 0. */
  readonly mistakeRate?: number;
  /** Decides which actions are wrong, and how, and what is written. Default 0. */
  readonly seed?: number;
}

/**
 * An expert for `writingEnvironment`. Without mistakes its first text is accepted for every generated brief. Subjects, points and
 * forbidden words that are not of the small language are beyond it: it writes, but may not be accepted.
 * @throws OPTION_INVALID for an unknown option or a rate outside [0, 1]
 * @example await runEpisode(writingEnvironment(), writingTask("note about cat: apple, garden"), writingExpert());
 */
export function writingExpert(options: WritingExpertOptions = {}): ActionAgent {
  checkOptions("writingExpert", options, { mistakeRate: true, seed: true });
  const { mistakeRate = 0, seed = 0 } = options;
  optionChecks("writingExpert").share("mistakeRate", mistakeRate);
  return {
    selectAction(state, _validActions, steps) {
      const brief = parseBrief(steps[0]?.state ?? state);
      const draft = draftAfter(brief, steps);
      const random = new Random("writing expert", seed, steps.length, state);
      const right = rightAction(brief, draft, random);
      return random.uniform() < mistakeRate ? mistake(brief, right, random) : right;
    },
  };
}

const draftAfter = (brief: Brief, steps: readonly EpisodeStep[]): Draft =>
  steps.reduce<Draft>((draft, { action }) => {
    const change = changeDraft(brief, draft, action);
    return change.kind === "changed" ? change.draft : draft;
  }, emptyDraft);

function rightAction(brief: Brief, draft: Draft, random: Random): Action {
  if (draft.ideas.length === 0 && draft.paragraphs.length === 0) {
    const ideas = [random.pick(fittingAdjectives(brief)), random.pick(freePlaces(brief))];
    return { name: "brainstorm_ideas", argument: ideas.join(", ") };
  }
  if (!draft.outline && draft.paragraphs.length === 0) {
    return { name: "create_outline", argument: brief.points.join(", ") };
  }
  const written = draft.paragraphs.length;
  if (written < brief.paragraphs) {
    return { name: "write_paragraph", argument: acceptedText(brief, draft, random)[written]! };
  }
  return correction(brief, draft, random);
}

/** A text that the checks accept, with the paragraphs that stand already where that is possible. */
function acceptedText(brief: Brief, draft: Draft, random: Random): readonly string[] {
  const outline = draft.outline ?? brief.points;
  let paragraphs: readonly string[] = [];
  for (let draw = 0; draw < 60; draw++) {
    const drawn = drawText({ brief, outline, ideas: draft.ideas }, random);
    paragraphs = [...draft.paragraphs, ...drawn.slice(draft.paragraphs.length)];
    const { faults } = assess(brief, { ...draft, paragraphs });
    if (faults.length === 0 || draw === 59) break;
  }
  return paragraphs;
}

/** An edit after which no fault is left: of a sentence, else of a whole paragraph. */
function correction(brief: Brief, draft: Draft, random: Random): Action {
  const whole = acceptedText(
    brief,
    { ...draft, paragraphs: draft.paragraphs.slice(0, -1) },
    random,
  );
  const last = draft.paragraphs.at(-1)!;
  const repaired = wordEdits(brief, last).find(
    ([before, after]) =>
      last.includes(before) &&
      assess(brief, {
        ...draft,
        paragraphs: [...draft.paragraphs.slice(0, -1), last.replace(before, after)],
      }).faults.length === 0,
  );
  const [before, after] = repaired ?? [last, whole.at(-1)!];
  return { name: "edit_content", argument: `${before} => ${after}` };
}

/** Small edits that mend what the expert's mistakes break. */
function wordEdits(brief: Brief, text: string): readonly (readonly [string, string])[] {
  const articles = [...text.matchAll(/\b[Aa]n? \w+/g)].map(([found]) => {
    const [article = "", noun = ""] = found.split(" ");
    return [
      found,
      `${article.length === 1 ? `${article}n` : article.slice(0, 1)} ${noun}`,
    ] as const;
  });
  const doubled = [...text.matchAll(/\b(\w+) \1\b/g)].map(
    ([found, word]) => [found, word!] as const,
  );
  const swaps = brief.forbidden.flatMap((word) =>
    brief.points.map((point) => [word, point] as const),
  );
  return [...articles, ...doubled, ...swaps];
}

/** A mistake in place of the right action. */
function mistake(brief: Brief, right: Action, random: Random): Action {
  const text = right.argument ?? "";
  if (right.name === "brainstorm_ideas") {
    return { name: right.name, argument: `${random.pick(brief.points)}, ${text}` };
  }
  if (right.name === "create_outline") {
    return { name: right.name, argument: text.split(", ").slice(1).join(", ") };
  }
  if (right.name === "edit_content") return { name: right.name };
  return { name: right.name, argument: spoiled(brief, text, random) };
}

/** A text with one fault: a forbidden word, a wrong article, a doubled word, a sentence less, or one twice. */
function spoiled(brief: Brief, text: string, random: Random): string {
  const sentences = text.match(/[^.!?]+[.!?]/g)?.map((sentence) => sentence.trim()) ?? [text];
  const ways: readonly (() => string)[] = [
    () =>
      text.replace(new RegExp(`\\b(${brief.points.join("|")})\\b`), brief.forbidden[0] ?? "dog"),
    () => text.replace(/\b(an?) (?=\w)/, (article) => (article === "a " ? "an " : "a ")),
    () => text.replace(/ (\w+) /, " $1 $1 "),
    () => sentences.slice(1).join(" ") || sentences[0]!,
    () => [...sentences, sentences.at(-1)!].join(" "),
  ];
  return random.pick(ways)();
}
