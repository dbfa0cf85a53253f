/** What each action of writing does to a draft. `environment.ts` pays for it, `rewards.ts` and the expert replay it. */
import type { Action } from "../../ports/environment.ts";
import type { Draft } from "./assess.ts";
import type { Brief } from "./brief.ts";
import { functionWords } from "./lexicon.ts";
import { wordsOf } from "./sentences.ts";

/** The names of the actions. */
export const actionNames = [
  "brainstorm_ideas",
  "create_outline",
  "write_paragraph",
  "edit_content",
] as const;

/** The draft at the start of an episode. */
export const emptyDraft: Draft = { paragraphs: [], ideas: [] };

/** What comes of an action: a new draft, a draft that is handed in as it is, or why the action cannot be taken. */
export type DraftChange =
  | { readonly kind: "changed"; readonly draft: Draft }
  | { readonly kind: "handed in" }
  | { readonly kind: "invalid"; readonly reason: string };

/** Takes an action on a draft. */
export function changeDraft(
  brief: Brief,
  draft: Draft,
  { name, argument = "" }: Action,
): DraftChange {
  if (name === "brainstorm_ideas") return brainstorm(brief, draft, argument);
  if (name === "create_outline") return outline(brief, draft, argument);
  if (name === "write_paragraph") return write(brief, draft, argument);
  return name === "edit_content" ? edit(draft, argument) : invalid("unknown action");
}

const invalid = (reason: string): DraftChange => ({ kind: "invalid", reason });

const items = (list: string): readonly string[] =>
  list
    .toLowerCase()
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

/** Two to five different ideas of one to three words, none of them from the brief, forbidden, or a function word. */
function brainstorm(brief: Brief, draft: Draft, argument: string): DraftChange {
  if (draft.ideas.length > 0) return invalid("there are ideas");
  const ideas = items(argument);
  if (ideas.length < 2 || ideas.length > 5) return invalid("two to five ideas");
  const given = [brief.subject, ...brief.points];
  const isUsable = (idea: string): boolean => {
    const words = wordsOf(idea);
    const isShort = words.length >= 1 && words.length <= 3;
    return isShort && !given.includes(idea) && !words.every((word) => functionWords.has(word));
  };
  if (new Set(ideas).size < ideas.length || !ideas.every(isUsable))
    return invalid("ideas of your own");
  const isForbidden = ideas.some((idea) =>
    wordsOf(idea).some((word) => brief.forbidden.includes(word)),
  );
  return isForbidden
    ? invalid("a forbidden word")
    : { kind: "changed", draft: { ...draft, ideas } };
}

/** All points of the brief, each once, in any order; before the first paragraph. */
function outline(brief: Brief, draft: Draft, argument: string): DraftChange {
  if (draft.outline) return invalid("there is an outline");
  if (draft.paragraphs.length > 0) return invalid("the text has begun");
  const points = items(argument);
  const isWhole =
    points.length === brief.points.length && brief.points.every((point) => points.includes(point));
  return isWhole
    ? { kind: "changed", draft: { ...draft, outline: points } }
    : invalid("every point once");
}

function write(brief: Brief, draft: Draft, argument: string): DraftChange {
  if (argument.trim() === "") return invalid("no text");
  if (draft.paragraphs.length >= brief.paragraphs) return invalid("no more paragraphs");
  return {
    kind: "changed",
    draft: { ...draft, paragraphs: [...draft.paragraphs, argument.trim()] },
  };
}

/** "old => new" in the first paragraph that has the old words. Without words the draft is handed in as it is. */
function edit(draft: Draft, argument: string): DraftChange {
  if (draft.paragraphs.length === 0) return invalid("no text yet");
  if (argument === "") return { kind: "handed in" };
  const parts = /^(.+?)\s*=>\s*(.*)$/.exec(argument);
  if (!parts) return invalid("old words => new words");
  const [, before = "", after = ""] = parts;
  const at = draft.paragraphs.findIndex((paragraph) => paragraph.includes(before));
  if (at < 0) return invalid("no such words");
  // A function, so that a "$" in the new words stands for itself.
  const edited = draft.paragraphs[at]!.replace(before, () => after).trim();
  if (edited === "") return invalid("no text left");
  return { kind: "changed", draft: { ...draft, paragraphs: draft.paragraphs.with(at, edited) } };
}
