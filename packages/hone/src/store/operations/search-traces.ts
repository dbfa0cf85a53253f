/** Where the words of a search stand in the traces that were found. */
import type { HoneError } from "../../core/errors.ts";
import { searchWords } from "../../core/search-words.ts";
import { spanTexts } from "../../core/span-fields.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceQuery } from "../../core/trace-query.ts";
import type { TraceSummary } from "../../core/trace-summary.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { getReadable } from "../unreadable-parts.ts";

/** A line around the words: the one text of a trace that holds most of them. */
export interface TextMatch {
  /** "task", or the kind of the span. */
  readonly place: string;
  readonly spanId?: string;
  /** Pieces of the text in order; those that are found words are marked. */
  readonly pieces: readonly { readonly text: string; readonly isMatch: boolean }[];
}

export interface FoundTrace {
  readonly trace: TraceSummary;
  /** Absent when the trace was changed meanwhile, or cannot be read. */
  readonly match?: TextMatch;
}

export interface FoundPage {
  readonly found: readonly FoundTrace[];
  readonly next?: string;
}

/** A page of the traces that hold every word, with the place of the words; of traces that cannot be read `onProblem` hears. @throws TRACE_QUERY_INVALID */
export async function searchTraces(
  store: TraceStore,
  query: TraceQuery & { readonly text: string },
  onProblem?: (problem: HoneError) => void,
): Promise<FoundPage> {
  await store.settle();
  const { traces, next } = await store.query(query);
  const words = new Set(searchWords(query.text));
  const found: FoundTrace[] = [];
  for (const summary of traces) {
    const trace = await getReadable(store, summary.id, onProblem);
    const match = trace === undefined ? undefined : matchIn(trace, words);
    found.push({ trace: summary, ...(match === undefined ? {} : { match }) });
  }
  return { found, ...(next === undefined ? {} : { next }) };
}

/** Characters shown before the first found word, and all in all. */
const [before, shown] = [40, 160];

interface Text {
  readonly text: string;
  readonly span?: Span;
}

function matchIn(trace: Trace, words: ReadonlySet<string>): TextMatch | undefined {
  const texts: readonly Text[] = [
    { text: trace.task },
    ...trace.spans.flatMap((span) => spanTexts(span).map((text) => ({ text, span }))),
  ];
  let best: Text | undefined;
  let most = 0;
  for (const one of texts) {
    const own = new Set(searchWords(one.text));
    const count = [...words].filter((word) => own.has(word)).length;
    if (count <= most) continue;
    [best, most] = [one, count];
    if (most === words.size) break;
  }
  if (best === undefined) return undefined;
  const { text, span } = best;
  const pieces = piecesOf(text, words);
  return span === undefined
    ? { place: "task", pieces }
    : { place: span.kind, spanId: span.id, pieces };
}

/** Runs of letters; of scripts without spaces each character is a word. */
const RUNS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}])+/gu;

function piecesOf(text: string, words: ReadonlySet<string>): TextMatch["pieces"] {
  const places = [...text.matchAll(RUNS)]
    .filter(([run]) => searchWords(run).some((word) => words.has(word)))
    .map(({ index, 0: run }) => [index, index + run.length] as const);
  const first = places[0]?.[0] ?? 0;
  const start = wordStart(text, Math.max(0, first - before));
  const end = Math.min(text.length, start + shown);
  const pieces: { text: string; isMatch: boolean }[] = [];
  const add = (from: number, to: number, isMatch: boolean): void => {
    if (from < to) pieces.push({ text: text.slice(from, to), isMatch });
  };
  let at = start;
  for (const [from, to] of places) {
    if (from >= end) break;
    add(at, from, false);
    add(from, Math.min(to, end), true);
    at = Math.min(to, end);
  }
  add(at, end, false);
  const lead = start > 0 ? [{ text: "…", isMatch: false }] : [];
  return [...lead, ...pieces, ...(end < text.length ? [{ text: "…", isMatch: false }] : [])];
}

/** The start of the next word, so that none is cut in its middle; where there is none soon, the place itself. */
function wordStart(text: string, place: number): number {
  if (place === 0) return 0;
  const gap = text.slice(place, place + 20).search(/\s/);
  return gap < 0 ? place : place + gap + 1;
}
