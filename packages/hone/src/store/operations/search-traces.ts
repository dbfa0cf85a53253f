/** Searching words in traces, with the place where they were found. */
import type { HoneError } from "../../core/errors.ts";
import { searchWords } from "../../core/search-words.ts";
import { spanTexts } from "../../core/span-fields.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import type { TraceQuery } from "../../core/trace-query.ts";
import { labelTexts } from "../../core/trace-labels.ts";
import type { TraceSummary } from "../../core/trace-summary.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { getReadable } from "../unreadable-parts.ts";

/** A part of the text of a trace that holds most of the words. */
export interface TextMatch {
  /** "task", "label" (session, user, tags, metadata), or the kind of the span. */
  readonly place: string;
  readonly spanId?: string;
  /** The text in pieces, in order. `isMatch`: the piece is one of the words. */
  readonly pieces: readonly { readonly text: string; readonly isMatch: boolean }[];
}

export interface FoundTrace {
  readonly trace: TraceSummary;
  /** Absent when the trace has changed since it was found, or cannot be read. */
  readonly match?: TextMatch;
}

export interface FoundPage {
  readonly found: readonly FoundTrace[];
  readonly next?: string;
}

/**
 * A page of the traces that hold every word, with the place of the words.
 *
 * @param onProblem  called for each trace that cannot be read; it is listed without a place
 * @throws TRACE_QUERY_INVALID
 */
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

/** Number of characters shown before the first word that was found. */
const charactersBefore = 40;
/** Largest number of characters shown. */
const maxCharacters = 160;

interface Text {
  readonly text: string;
  readonly span?: Span;
  readonly isLabel?: boolean;
}

function matchIn(trace: Trace, words: ReadonlySet<string>): TextMatch | undefined {
  const texts: readonly Text[] = [
    { text: trace.task },
    ...labelTexts(trace).map((text) => ({ text, isLabel: true })),
    ...trace.spans.flatMap((span) => spanTexts(span).map((text) => ({ text, span }))),
  ];
  let best: Text | undefined;
  let bestCount = 0;
  for (const one of texts) {
    const own = new Set(searchWords(one.text));
    const count = [...words].filter((word) => own.has(word)).length;
    if (count <= bestCount) continue;
    [best, bestCount] = [one, count];
    if (bestCount === words.size) break;
  }
  if (best === undefined) return undefined;
  const { text, span, isLabel = false } = best;
  const pieces = piecesOf(text, words);
  return span === undefined
    ? { place: isLabel ? "label" : "task", pieces }
    : { place: span.kind, spanId: span.id, pieces };
}

/** Runs of letters, marks and digits. In scripts that are written without spaces each character is a run. */
const RUNS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}])+/gu;

function piecesOf(text: string, words: ReadonlySet<string>): TextMatch["pieces"] {
  const places = [...text.matchAll(RUNS)]
    .filter(([run]) => searchWords(run).some((word) => words.has(word)))
    .map(({ index, 0: run }) => [index, index + run.length] as const);
  const first = places[0]?.[0] ?? 0;
  const start = wordStart(text, Math.max(0, first - charactersBefore));
  const end = Math.min(text.length, start + maxCharacters);
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

/** The start of the next word after a place, so that no word is cut; the place itself where no word starts soon. */
function wordStart(text: string, place: number): number {
  if (place === 0) return 0;
  const gap = text.slice(place, place + 20).search(/\s/);
  return gap < 0 ? place : place + gap + 1;
}
