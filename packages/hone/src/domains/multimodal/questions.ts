/** Questions made of documents: of each section what it says, which images it shows, and how one would ask for it. */
import { imageAddress, type ImagePair } from "../../core/image-pair.ts";
import { Random, randomBits } from "../../core/random.ts";
import { plainWords } from "../../core/plain-words.ts";
import { type DocumentSection, documentSections } from "../../data/content/document-sections.ts";
import type { KnownDocument } from "../../data/content/extract-images.ts";
import { imagePlace, type IsFile } from "../../data/content/image-places.ts";
import type { Task } from "../../core/rollout.ts";

/** The task to answer a question with a text and the images that help. */
export interface MultimodalTask extends Task {
  /** What is asked. */
  readonly question: string;
  /** What is known about it, as Markdown: the section that answers and another one of the same document. */
  readonly context: string;
  /** Words that the answer is to hold. The agent does not see which they are. */
  readonly facts: readonly string[];
  /** Addresses of the images that help. The agent sees none of them before it searches. */
  readonly helpful: readonly string[];
}

/** Documents to ask about. */
export interface QuestionSources {
  readonly pages: readonly KnownDocument[];
  /** The images that can be searched. */
  readonly pairs: readonly ImagePair[];
  readonly isFile: IsFile;
}

/** A section that can be asked for. */
interface AskedSection {
  readonly source: string;
  readonly section: DocumentSection;
  readonly facts: readonly string[];
  readonly helpful: readonly string[];
  /** The other sections of its document. */
  readonly others: readonly DocumentSection[];
}

/** Draws tasks from the sections of documents. */
export type DrawQuestions = (options: {
  readonly split: "train" | "test";
  readonly count: number;
  readonly seed: number;
}) => readonly MultimodalTask[];

/**
 * Prepares the questions of documents. A fifth of the documents, chosen by a hash of their names, is for tests, so that no document is in
 * both splits; at least one where there are two.
 * @returns a function that gives at most `count` different tasks, the same ones for the same options
 */
export function documentQuestions(sources: QuestionSources): DrawQuestions {
  const known = new Map(sources.pairs.map((pair) => [imageAddress(pair), pair]));
  const documents = sources.pages
    .map((page) => askedSections(page, { known, isFile: sources.isFile }))
    .filter((sections) => sections.length > 0)
    .toSorted((a, b) => hashOf(a) - hashOf(b));
  const testCount = Math.ceil(documents.length / 5);
  const ofSplit = {
    test: documents.slice(0, testCount).flat(),
    train: documents.slice(testCount).flat(),
  };
  return ({ split, count, seed }) => {
    const random = new Random("questions", seed, split);
    const order = random.shuffle(ofSplit[split]);
    const tasks = new Map<string, MultimodalTask>();
    // Each section with one section beside it, then with another.
    for (let round = 0; tasks.size < count; round++) {
      const before = tasks.size;
      for (const asked of order.slice(0, count - tasks.size)) {
        const task = taskOf(asked, round, random);
        if (task !== undefined) tasks.set(task.id, task);
      }
      if (tasks.size === before) break;
    }
    return [...tasks.values()];
  };
}

const hashOf = ([first]: readonly AskedSection[]): number =>
  randomBits("document split", first!.source);

function askedSections(
  page: KnownDocument,
  { known, isFile }: { readonly known: ReadonlyMap<string, ImagePair>; readonly isFile: IsFile },
): readonly AskedSection[] {
  const sections = documentSections(page.text, page.isMdx).filter(({ text }) => text !== "");
  return sections.flatMap((section) => {
    const facts = factsOf(section.text);
    if (facts.length === 0) return [];
    const helpful = section.images.flatMap(({ url }) => {
      const place = imagePlace(url, page, isFile);
      if (place.kind === "none") return [];
      const file = place.kind === "file" ? { file: place.file } : {};
      const address = imageAddress({ url, source: page.source, ...file });
      return explains(known.get(address)) ? [address] : [];
    });
    const others = sections.filter((other) => other !== section);
    return [{ source: page.source, section, facts, helpful: [...new Set(helpful)], others }];
  });
}

/** Logos and icons are on a page for its looks. */
const explains = (pair: ImagePair | undefined): boolean =>
  pair !== undefined && pair.type !== "logo" && pair.type !== "icon";

/**
 * The task of a question of your own, of which it is not known what an answer is to hold.
 * @param context  what is known about it, as Markdown
 */
export const askedTask = (question: string, context = ""): MultimodalTask => ({
  id: `question-${randomBits("question", question, context).toString(36)}`,
  question,
  // A text without a heading is a section that the question names.
  context: context === "" || /^## /m.test(context) ? context : `## ${question}\n${context}`,
  facts: [],
  helpful: [],
});

/** A task with the section that is beside its own in this round; undefined where there is no other left. */
function taskOf(
  { source, section, facts, helpful, others }: AskedSection,
  round: number,
  random: Random,
): MultimodalTask | undefined {
  if (round > 0 && round >= others.length) return undefined;
  const other = new Random("neighbour", source, section.line).shuffle(others)[round];
  const shown = random.shuffle([section, ...(other ? [other] : [])]);
  return {
    id: `${source}:${section.line}${other ? `+${other.line}` : ""}`,
    question: questionOf(section.headings),
    context: shown.map(({ headings, text }) => `## ${headings.at(-1)}\n${text}`).join("\n\n"),
    ...{ facts, helpful },
  };
}

/**
 * How one would ask for what stands under headings.
 * @example questionOf(["Amber pump", "How to connect it"]); // "How to connect it (Amber pump)?"
 */
export function questionOf(headings: readonly string[]): string {
  const own = (headings.at(-1) ?? "").replace(/[?.!:\s]+$/, "");
  const title = headings[0] ?? "";
  const words = new Set(plainWords(own));
  const isNamed = headings.length < 2 || plainWords(title).every((word) => words.has(word));
  const asked = isNamed ? own : `${own} (${title})`;
  const isQuestion = /^(?:how|what|which|when|where|who|why|is|are|can|does|do)\b/i.test(own);
  return isQuestion ? `${asked}?` : `What should I know about ${asked}?`;
}

/** Facts of a section at most. */
const MAX_FACTS = 5;

/**
 * The words of a section that an answer is to hold: those that stand out (`**…**`, `` `…` ``), else numbers and the words that it
 * says most often.
 * @example factsOf("Use the **left** port."); // ["left"]
 */
export function factsOf(text: string): readonly string[] {
  const marked = [...text.matchAll(/\*\*([^*]+)\*\*|`([^`]+)`/g)].map(([, bold, code]) =>
    (bold ?? code ?? "").trim(),
  );
  const some = marked.filter((term) => /[\p{L}\p{N}]/u.test(term) && term.length <= 40);
  if (some.length > 0) return [...new Set(some)].slice(0, MAX_FACTS);
  const numbers = text.match(/\b\d[\d.,]*\d\b|\b\d\b/g) ?? [];
  return [...new Set([...numbers, ...frequentWords(text)])].slice(0, 3);
}

/** Words of five letters or more, the most frequent first, of equally frequent ones the earlier. */
function frequentWords(text: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const word of plainWords(text))
    if (word.length >= 5) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([word]) => word);
}
