/** One trace as people read it: what is known of it as a whole, then its spans as a tree. */
import { callFacts } from "../../core/call-facts.ts";
import type { Feedback } from "../../core/feedback.ts";
import { isQuiet, lastSeenOf } from "../../core/last-seen.ts";
import { costOfCalls, dollars, type ModelPrices, pricesByModel } from "../../core/model-prices.ts";
import type { Span, SpanKind } from "../../core/span.ts";
import type { Trace, TraceReward } from "../../core/trace.ts";
import { rewardOfTrace } from "../../core/trace-reward.ts";
import { sumSpans } from "../../core/trace-summary.ts";
import { counted, shownLine, shownLines, wrapped } from "../terminal/shown-text.ts";
import { spanTexts, spanTitle } from "./span-text.ts";
import { agentPrompts } from "../../core/agent-prompts.ts";
import { isUncounted } from "./call-rows.ts";
import type { Terminal } from "../terminal/terminal.ts";
import {
  agoText,
  columnsOf,
  millisecondsText,
  rewardText,
  shortId,
  timeText,
} from "./trace-table.ts";

export interface TreeOptions {
  /** Kinds of spans that are shown. Children of a hidden span are shown below its parent. Default: all. */
  readonly kinds?: ReadonlySet<SpanKind>;
  /** Show texts whole. Default false: four lines of each. */
  readonly isFull?: boolean;
  /** What models cost: with it the tokens have their cost. Default: it is not said. */
  readonly prices?: ModelPrices | undefined;
  /** The present time, in Unix milliseconds. Default: the clock's. */
  readonly now?: number;
}

/** Width of the labels of texts: "→ assistant" and two spaces. */
const LABEL_COLUMNS = 13;

/** Number of lines that are shown of a text, unless it is shown whole. */
const SHORT_LINES = 4;

export function traceTree(trace: Trace, terminal: Terminal, options: TreeOptions = {}): string[] {
  const tree = new Tree(trace, terminal, options);
  const { kinds } = options;
  const shown = kinds === undefined ? trace.spans : trace.spans.filter((s) => kinds.has(s.kind));
  const hidden = trace.spans.length - shown.length;
  return [
    ...headLines(trace, terminal, options),
    "",
    ...tree.lines(shown),
    ...(hidden === 0 ? [] : [terminal.style("dim", `${counted(hidden, "span")} of other kinds`)]),
  ];
}

function headLines(
  trace: Trace,
  terminal: Terminal,
  { isFull = false, now = Date.now(), prices }: TreeOptions,
): string[] {
  const { id, agent, agentVersion, startedAt, endedAt, error, tags, metadata } = trace;
  const took = endedAt === undefined ? "no end seen" : millisecondsText(endedAt - startedAt);
  const reward = rewardOfTrace(trace);
  const facts: (readonly [string, string | undefined])[] = [
    ["agent", agentVersion === undefined ? agent : `${agent}, version ${agentVersion}`],
    ["task", trace.taskId === undefined ? trace.task : `${trace.task} (${trace.taskId})`],
    [
      "status",
      [statusText(trace, now), ...(error === undefined ? [] : [errorText(error)])].join(": "),
    ],
    ["started", `${timeText(startedAt)} UTC, ${took}`],
    ["rollout", trace.rolloutId && `${trace.rolloutId}, attempt ${trace.attempt}`],
    ["tokens", tokensOfSpans(trace.spans)],
    ["cost", prices && costText(trace.spans, prices)],
    ["reward", reward === undefined ? undefined : rewardText(reward)],
    ...trace.rewards.map((one) => ["", verdictText(one)] as const),
    ...(trace.feedback ?? []).map(
      (one, i) => [i === 0 ? "feedback" : "", feedbackText(one, id)] as const,
    ),
    ["session", trace.session],
    ["user", trace.user],
    ["tags", tags.length === 0 ? undefined : tags.join(", ")],
    ["metadata", Object.keys(metadata).length === 0 ? undefined : JSON.stringify(metadata)],
  ];
  const columns = columnsOf(terminal.streams.stdout);
  return [
    terminal.style("bold", `trace ${shownLine(id)}`),
    ...facts.flatMap(([name, value]) => {
      if (value === undefined) return [];
      const all = wrapped(shownLine(value), columns - 12);
      const [first = "", ...more] = isFull ? all : cut(all, SHORT_LINES);
      return [`  ${name.padEnd(8)}  ${first}`, ...more.map((line) => `            ${line}`)];
    }),
  ];
}

/** The status, with the last sign of a running trace that has been silent. */
function statusText(trace: Trace, now: number): string {
  const last = lastSeenOf(trace);
  if (trace.status !== "running" || !isQuiet(last, now)) return trace.status;
  return `running, last seen ${agoText(last, now)}`;
}

function tokensOfSpans(spans: readonly Span[]): string {
  const calls = spans.filter((span) => span.kind === "prompt");
  if (calls.every(({ usage }) => usage === undefined)) return "–";
  const { input, output } = sumSpans(spans).tokens;
  const agents = agentPrompts(spans);
  const uncounted = calls.filter((span) => isUncounted(span) && !agents.has(span.id)).length;
  const note = uncounted === 0 ? "" : ` (${counted(uncounted, "call")} without counts)`;
  return `${input} in, ${output} out${note}`;
}

function costText(spans: readonly Span[], prices: ModelPrices): string {
  const calls = spans.flatMap((span) => callFacts(span) ?? []);
  const cost = costOfCalls(calls, pricesByModel(prices));
  return cost === undefined
    ? "not known: no call, or one without a price or tokens"
    : dollars(cost);
}

/** One piece of feedback as a sentence about this trace. */
function feedbackText(said: Feedback, id: string): string {
  const why = said.reason === undefined ? "" : `: ${said.reason}`;
  switch (said.kind) {
    case "rating":
      return `${said.author} rated it ${said.rating} of ${said.low} to ${said.high}${why}`;
    case "comparison": {
      const isFirst = said.first === id;
      const other = shortId(isFirst ? said.second : said.first);
      if (said.preferred === "tie") return `${said.author} found it as good as ${other}${why}`;
      const isBetter = (said.preferred === "first") === isFirst;
      return `${said.author} found it ${isBetter ? "better" : "worse"} than ${other}${why}`;
    }
    case "correction":
      return `${said.author} corrected it${why === "" ? "" : ` (${said.reason})`}: ${said.answer}`;
  }
}

const verdictText = ({ total, source, by, reason }: TraceReward): string =>
  [
    `${rewardText(total)} by ${by === undefined ? source : `${by} (${source})`}`,
    ...(reason === undefined ? [] : [reason]),
  ].join(": ");

const errorText = ({ type, code, message }: NonNullable<Trace["error"]>): string =>
  [type, code, message].filter((part) => part !== undefined && part !== "").join(": ");

/** At most `max` lines, and one that says how many are missing. */
function cut(lines: readonly string[], max: number): readonly string[] {
  // A line that says "1 more line" would take as much room as that line.
  if (lines.length <= max + 1) return lines;
  return [...lines.slice(0, max), `… ${lines.length - max} more lines`];
}

class Tree {
  readonly #trace: Trace;
  readonly #terminal: Terminal;
  readonly #isFull: boolean;
  readonly #byId: ReadonlyMap<string, Span>;
  readonly #columns: number;

  constructor(trace: Trace, terminal: Terminal, { isFull = false }: TreeOptions) {
    this.#trace = trace;
    this.#terminal = terminal;
    this.#isFull = isFull;
    this.#byId = new Map(trace.spans.map((span) => [span.id, span]));
    this.#columns = columnsOf(terminal.streams.stdout);
  }

  lines(shown: readonly Span[]): string[] {
    const children = this.#childrenOf(shown);
    const lines: string[] = [];
    // A stack instead of recursion: spans may be nested as deep as the recorded program went.
    const open = [...(children.get(undefined) ?? [])]
      .map((span, i, all) => ({ span, before: "", isLast: i === all.length - 1 }))
      .toReversed();
    for (;;) {
      const next = open.pop();
      if (next === undefined) return lines;
      const { span, before, isLast } = next;
      const own = children.get(span.id) ?? [];
      const below = before + (isLast ? "   " : "│  ");
      lines.push(before + (isLast ? "└─ " : "├─ ") + this.#title(span));
      lines.push(...this.#texts(span, below + (own.length > 0 ? "│  " : "   ")));
      for (let i = own.length - 1; i >= 0; i--)
        open.push({ span: own[i]!, before: below, isLast: i === own.length - 1 });
    }
  }

  /** Id of the parent → its children in order. A span without a known parent, or in a circle of parents, is at the root. */
  #childrenOf(shown: readonly Span[]): Map<string | undefined, Span[]> {
    const isShown = new Set(shown.map(({ id }) => id));
    const children = new Map<string | undefined, Span[]>();
    for (const span of shown) {
      const parent = this.#shownParent(span, isShown);
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [span]);
      else siblings.push(span);
    }
    return children;
  }

  #shownParent(span: Span, isShown: ReadonlySet<string>): string | undefined {
    const seen = new Set([span.id]);
    let found: string | undefined;
    for (let id = span.parentId; id !== undefined; id = this.#byId.get(id)?.parentId) {
      if (!this.#byId.has(id)) break;
      if (seen.has(id)) return undefined;
      seen.add(id);
      if (found === undefined && isShown.has(id)) found = id;
    }
    return found;
  }

  #title(span: Span): string {
    const terminal = this.#terminal;
    const { kind, startedAt, endedAt, error } = span;
    const took =
      endedAt === undefined
        ? terminal.style("yellow", this.#trace.status === "running" ? "running" : "unfinished")
        : millisecondsText(endedAt - startedAt);
    const offset = millisecondsText(Math.max(0, startedAt - this.#trace.startedAt));
    const name = shownLine(spanTitle(span, this.#byId));
    return [
      terminal.style(error === undefined ? ["bold", kindColours[kind]] : ["bold", "red"], kind),
      ...(name === "" ? [] : [name]),
      terminal.style("dim", `+${offset}`) + `, ${took}`,
      ...(span.kind === "prompt" && span.usage !== undefined
        ? [`${span.usage.input} → ${span.usage.output} tokens`]
        : []),
      ...(span.agent === undefined ? [] : [`agent ${shownLine(span.agent)}`]),
    ].join("  ");
  }

  #texts(span: Span, before: string): string[] {
    const texts = spanTexts(span);
    if (span.error !== undefined) texts.push({ label: "error", text: errorText(span.error) });
    return texts.flatMap(({ label, text }) => {
      const column = label === "" ? 0 : LABEL_COLUMNS;
      const room = Math.max(20, this.#columns - before.length - column);
      const all = shownLines(text.trimEnd()).flatMap((line) => wrapped(line, room));
      const lines = this.#isFull ? all : cut(all, SHORT_LINES);
      const isError = label === "error";
      return lines.map((line, i) => {
        const name = this.#terminal.style("dim", (i === 0 ? label : "").padEnd(column));
        const content = isError ? this.#terminal.style("red", line) : line;
        return `${before}${name}${content}`.trimEnd();
      });
    });
  }
}

const kindColours = {
  prompt: "cyan",
  tool: "magenta",
  reward: "green",
  coordination: "blue",
  content: "white",
  reasoning: "gray",
} as const satisfies Readonly<Record<SpanKind, string>>;
