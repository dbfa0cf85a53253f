/**
 * Questions about captions that can be answered from them: what happens first, last, or beside something; who; when; how long; which
 * of two comes first.
 *
 *     What happens right after "Mia washes the cup"?    Who washes the cup?    How long does "Mia washes the cup" take?
 */
import { contentWords, searchWords } from "../../core/search-words.ts";
import type { Cue } from "./cue.ts";

/** Kinds of questions, each with the things that it asks about. */
export type Question =
  | {
      /** What happens at the start or at the end. */
      readonly kind: "first" | "last";
    }
  | {
      /** What happens beside something, who does it, when it begins, or how long it takes. */
      readonly kind: "after" | "before" | "who" | "when" | "duration";
      /** Words of the caption that it is about. */
      readonly event: string;
    }
  | {
      /** Which of two comes first. */
      readonly kind: "order";
      /** Words of the two captions. */
      readonly events: readonly [string, string];
    };

/** The name of a kind. */
export type QuestionKind = Question["kind"];

/** Words in which a question may be asked; the first group, and the second of "order", are the event. */
const forms: readonly (readonly [QuestionKind, RegExp])[] = [
  ["first", /^what happens (?:first|in the first scene|at the (?:start|beginning))$/i],
  ["last", /^what happens (?:last|in the last scene|at the end)$/i],
  ["after", /^what happens (?:right |just )?after (.+)$/i],
  ["before", /^what happens (?:right |just )?before (.+)$/i],
  ["when", /^when does (.+?)(?: begin| start| happen)?$/i],
  ["duration", /^how long does (.+?) (?:take|last)$/i],
  ["order", /^(?:which|what) (?:comes|happens) first, (.+) or (.+)$/i],
  ["who", /^who (.+)$/i],
];

/** The question that a text asks; undefined for other words. @example parseQuestion("What happens first?"); // { kind: "first" } */
export function parseQuestion(text: string): Question | undefined {
  const asked = text.trim().replace(/\s*\?+\s*$/, "");
  for (const [kind, form] of forms) {
    const match = form.exec(asked);
    if (match === null) continue;
    const [event = "", other = ""] = match.slice(1).map(unquoted);
    if (kind === "first" || kind === "last") return { kind };
    return kind === "order" ? { kind, events: [event, other] } : { kind, event };
  }
  return undefined;
}

const unquoted = (text: string): string => text.trim().replace(/^["“'](.*)["”']$/, "$1");

/** The words of a question; the other way is `parseQuestion`. */
export function questionText(question: Question): string {
  switch (question.kind) {
    case "first":
    case "last":
      return `What happens ${question.kind}?`;
    case "after":
    case "before":
      return `What happens right ${question.kind} "${question.event}"?`;
    case "who":
      return `Who ${question.event}?`;
    case "when":
      return `When does "${question.event}" begin?`;
    case "duration":
      return `How long does "${question.event}" take?`;
    case "order":
      return `Which comes first, "${question.events[0]}" or "${question.events[1]}"?`;
  }
}

/** An answer with the captions that it is taken from. */
export interface Solution {
  /** The words of a caption, a name in it, or seconds such as "12 s". */
  readonly answer: string;
  /** The numbers of these captions, that with the answer first. */
  readonly evidence: readonly number[];
}

/** The answer of a question; why there is none, as the end of a sentence, where it has none. */
export function solve(question: Question, cues: readonly Cue[]): Solution | string {
  switch (question.kind) {
    case "first":
      return ofCue(cues[0]!);
    case "last":
      return ofCue(cues.at(-1)!);
    case "order":
      return ofOrder(question.events, cues);
    default: {
      const cue = cueOf(question.event, cues);
      return typeof cue === "string" ? cue : ofEvent(question, cue, cues);
    }
  }
}

const ofCue = ({ text, number }: Cue, ...others: readonly number[]): Solution => ({
  answer: text,
  evidence: [number, ...others],
});

function ofEvent(
  { kind, event }: Question & { readonly event: string },
  cue: Cue,
  cues: readonly Cue[],
): Solution | string {
  const { number, text, start, end } = cue;
  if (kind === "after" || kind === "before") {
    const beside = cues[number - 1 + (kind === "after" ? 1 : -1)];
    return beside === undefined ? `nothing happens ${kind} it` : ofCue(beside, number);
  }
  if (kind === "who") {
    const subject = subjectOf(text, event);
    return subject === "" ? "its caption names nobody" : { answer: subject, evidence: [number] };
  }
  if (start === undefined) return "its caption has no time";
  if (kind === "when") return { answer: `${start} s`, evidence: [number] };
  if (end === undefined) return "its caption has no end";
  return { answer: `${rounded(end - start)} s`, evidence: [number] };
}

function ofOrder(events: readonly [string, string], cues: readonly Cue[]): Solution | string {
  const [one, other] = events.map((event) => cueOf(event, cues));
  if (typeof one === "string") return one;
  if (typeof other === "string") return other;
  if (one === other) return "both are one caption";
  return one!.number < other!.number ? ofCue(one!, other!.number) : ofCue(other!, one!.number);
}

/** Seconds without the noise of floating point. */
export const rounded = (seconds: number): number => Math.round(1000 * seconds) / 1000;

/** The only caption with all words of an event; why there is none. */
function cueOf(event: string, cues: readonly Cue[]): Cue | string {
  const words = contentWords(event);
  const found = cues.filter(({ text }) => {
    const own = new Set(contentWords(text));
    return words.length > 0 && words.every((word) => own.has(word));
  });
  if (found.length === 1) return found[0]!;
  return found.length === 0
    ? `no caption says "${event}"`
    : `captions ${found.map(({ number }) => number).join(" and ")} both say "${event}"`;
}

/** What stands before the first word of an event in a caption: "Mia" of "Mia washes the cup" and "washes the cup". */
function subjectOf(text: string, event: string): string {
  const [first] = contentWords(event);
  const words = text.split(/\s+/);
  const at = words.findIndex((word) => searchWords(word)[0] === first);
  return words.slice(0, Math.max(0, at)).join(" ");
}
