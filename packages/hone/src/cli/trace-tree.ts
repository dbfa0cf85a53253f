/** One trace as people read it: what is known of it as a whole, then its spans as a tree. */
import type { Span, SpanKind } from "../core/span.ts";
import { rewardOfTrace, type Trace, type TraceReward } from "../core/trace.ts";
import { sumSpans } from "../core/trace-summary.ts";
import { shownLine, shownLines, wrapped } from "./shown-text.ts";
import { spanTexts, spanTitle } from "./span-text.ts";
import type { Terminal } from "./terminal.ts";
import { columnsOf, millisecondsText, rewardText, timeText } from "./trace-table.ts";

export interface TreeOptions {
  /** Kinds that are shown; what lies below a hidden span moves up. Default: all. */
  readonly kinds?: ReadonlySet<SpanKind>;
  /** Texts are not cut. */
  readonly isFull?: boolean;
}

/** "→ assistant" and two spaces. */
const LABEL_COLUMNS = 13;

/** Lines of a text that are shown unless all are asked for. */
const SHORT_LINES = 4;

export function traceTree(trace: Trace, terminal: Terminal, options: TreeOptions = {}): string[] {
  const tree = new Tree(trace, terminal, options);
  const { kinds } = options;
  const shown = kinds === undefined ? trace.spans : trace.spans.filter((s) => kinds.has(s.kind));
  const hidden = trace.spans.length - shown.length;
  return [
    ...headLines(trace, terminal),
    "",
    ...tree.lines(shown),
    ...(hidden === 0 ? [] : [terminal.style("dim", `${hidden} spans of other kinds`)]),
  ];
}

function headLines(trace: Trace, terminal: Terminal): string[] {
  const { id, agent, agentVersion, status, startedAt, endedAt, error, tags, metadata } = trace;
  const { tokens } = sumSpans(trace.spans);
  const took = endedAt === undefined ? "no end seen" : millisecondsText(endedAt - startedAt);
  const reward = rewardOfTrace(trace);
  const facts: (readonly [string, string | undefined])[] = [
    ["agent", agentVersion === undefined ? agent : `${agent}, version ${agentVersion}`],
    ["task", trace.taskId === undefined ? trace.task : `${trace.task} (${trace.taskId})`],
    ["status", error === undefined ? status : `${status}: ${errorText(error)}`],
    ["started", `${timeText(startedAt)} UTC, ${took}`],
    ["rollout", trace.rolloutId && `${trace.rolloutId}, attempt ${trace.attempt}`],
    ["tokens", `${tokens.input} in, ${tokens.output} out`],
    ["reward", reward === undefined ? undefined : rewardText(reward)],
    ...trace.rewards.map((one) => ["", verdictText(one)] as const),
    ["tags", tags.length === 0 ? undefined : tags.join(", ")],
    ["metadata", Object.keys(metadata).length === 0 ? undefined : JSON.stringify(metadata)],
  ];
  const columns = columnsOf(terminal.streams.stdout);
  return [
    terminal.style("bold", `trace ${shownLine(id)}`),
    ...facts.flatMap(([name, value]) => {
      if (value === undefined) return [];
      const [first = "", ...more] = cut(wrapped(shownLine(value), columns - 12), SHORT_LINES);
      return [`  ${name.padEnd(8)}  ${first}`, ...more.map((line) => `            ${line}`)];
    }),
  ];
}

const verdictText = ({ total, source, by, reason }: TraceReward): string =>
  [
    `${rewardText(total)} by ${by === undefined ? source : `${by} (${source})`}`,
    ...(reason === undefined ? [] : [reason]),
  ].join(": ");

const errorText = ({ type, code, message }: NonNullable<Trace["error"]>): string =>
  [type, code, message].filter((part) => part !== undefined && part !== "").join(": ");

/** At most so many lines; one more says what is missing. */
function cut(lines: readonly string[], most: number): readonly string[] {
  // A line that says that one line is missing is no shorter.
  if (lines.length <= most + 1) return lines;
  return [...lines.slice(0, most), `… ${lines.length - most} more lines`];
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

  /** Parent → children in order. Spans whose parents are missing, or their own ancestors, stand at the root. */
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
