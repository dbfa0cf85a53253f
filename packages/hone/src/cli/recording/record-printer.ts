/** Prints what `hone record` has to say on stderr, since stdout belongs to the recorded program. */
import type { TraceChange } from "../../app/traces/read-traces.ts";
import type { RecordingSums } from "../../app/recording/record-program.ts";
import { agentPrompts } from "../../core/agent-prompts.ts";
import { shownAddresses } from "../../core/shown-address.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import { callFact, callHead, callRow, isCall, isUncounted } from "../traces/call-rows.ts";
import { counted, shownJson, shownText } from "../terminal/shown-text.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { storeWords } from "../traces/store-options.ts";

/** What `hone record` prints while the program runs. */
export interface RecordPrinterOptions {
  /** Print no row for each call. */
  readonly isQuiet: boolean;
  /** The store as the user gave it, for the printed command lines. */
  readonly store: string | undefined;
  /** True when the environment turns the preload off. Default false. */
  readonly isOff?: boolean;
}

const noSums = { calls: 0, failed: 0, input: 0, output: 0, counted: 0, uncounted: 0 };
type CallSums = Readonly<typeof noSums>;
const sumNames = Object.keys(noSums) as readonly (keyof CallSums)[];

/** True for a call that has ended, or whose trace has: while a trace runs, the end of a call may still come. */
const isEndedCall = (span: Span, { status }: Trace): boolean =>
  isCall(span) && (span.endedAt !== undefined || status !== "running");

/** Sums over the ended calls. An agent's own prompt around calls is not a call, but its tokens count if no call has them. */
function sumsOf(trace: Trace, spans: readonly Span[]): CallSums {
  const agents = agentPrompts(spans);
  const sums = { ...noSums };
  for (const span of spans) {
    if (!isEndedCall(span, trace)) continue;
    const usage = span.kind === "prompt" ? span.usage : undefined;
    if (usage !== undefined) sums.counted++;
    sums.input += usage?.input ?? 0;
    sums.output += usage?.output ?? 0;
    if (agents.has(span.id)) continue;
    sums.calls++;
    if (span.error !== undefined) sums.failed++;
    if (isUncounted(span)) sums.uncounted++;
  }
  return sums;
}

/** Printed when a program made no call that was seen: what was looked for. */
const NOTHING_SEEN = [
  "hone: no call was seen. Looked for: calls of the AI SDK, OpenAI Agents and LangChain; requests of",
  "  fetch, undici, node:http and node:https (axios, got) to …/chat/completions, …/completions,",
  "  …/responses, …/messages and …/embeddings; spans of OpenTelemetry",
];

const TURNED_OFF =
  "HONE_TRACES=off turns the recording of Node programs off; only what is sent by OpenTelemetry is taken";

export class RecordPrinter {
  readonly #terminal: Terminal;
  readonly #isQuiet: boolean;
  readonly #store: string | undefined;
  readonly #isOff: boolean;
  #traces = 0;
  #sums = noSums;
  readonly #problems = new Set<string>();
  #hasHead = false;

  constructor(terminal: Terminal, { isQuiet, store, isOff = false }: RecordPrinterOptions) {
    this.#terminal = terminal;
    this.#isQuiet = isQuiet;
    this.#store = store;
    this.#isOff = isOff;
    if (isOff) this.problem(TURNED_OFF);
  }

  /** Prints a row for each call that ended, and adds to the sums. */
  changes(changes: readonly TraceChange[]): void {
    for (const { trace, isNew, spans } of changes) {
      if (isNew) this.#traces++;
      // Whether a prompt is an agent's own shows in the calls within it, which may come before or after it. So the sums are
      // those of the whole trace now, less those of the trace before this change.
      const changed = new Set(spans.map(({ id }) => id));
      const before = trace.spans.filter(({ id }) => !changed.has(id));
      this.#add(sumsOf(trace, trace.spans), sumsOf(trace, before));
      if (this.#isQuiet) continue;
      for (const span of spans) if (isEndedCall(span, trace)) this.#row(trace, span);
    }
  }

  #add(now: CallSums, before: CallSums): void {
    const sums = { ...this.#sums };
    for (const key of sumNames) sums[key] += now[key] - before[key];
    this.#sums = sums;
  }

  /** Prints a problem of the recording, each text once; the program goes on. */
  problem(given: string): void {
    const message = shownAddresses(given);
    if (this.#problems.has(message)) return;
    this.#problems.add(message);
    if (this.#terminal.isJson) this.#write(shownJson({ event: "problem", message }));
    else this.#write(shownText(`hone: ${message}`));
  }

  summary(tag: string, { dropped, leftOut }: RecordingSums, code: number): void {
    const { calls, failed, input, output, uncounted } = this.#sums;
    const traces = this.#traces;
    if (this.#terminal.isJson) {
      const tokens = { input, output };
      const lost = { dropped, leftOut };
      const fact = {
        event: "recorded",
        traces,
        calls,
        failed,
        tokens,
        uncounted,
        ...lost,
        tag,
        code,
      };
      return this.#write(shownJson(fact));
    }
    const lost = dropped === 0 ? "" : `, ${counted(dropped, "span")} lost`;
    const sums = `${counted(traces, "trace")}, ${counted(calls, "call")} (${failed} failed), ${this.#tokens()}${lost}`;
    this.#leaveLine();
    if (traces === 0 && !this.#isOff) for (const line of NOTHING_SEEN) this.#write(line);
    this.#write(this.#terminal.style("bold", `hone: ${sums}`, "stderr"));
    if (leftOut > 0) {
      const spans = counted(leftOut, "OpenTelemetry span");
      this.#write(
        `  ${spans} of Node programs left out, whose calls were seen (--otel takes them)`,
      );
    }
    const { option, note } = storeWords(this.#store);
    if (traces > 0) {
      this.#write(`  → npx hone traces show --last${option}${note}`);
      if (traces > 1) this.#write(`  → npx hone traces list --tag ${tag}${option}${note}`);
    } else if (this.#isOff) this.#write("  → no call was recorded; unset HONE_TRACES to record");
    else this.#write("  → `npx hone record --help` says which calls are seen");
  }

  /** "412 tokens in, 38 out"; "–" when the calls came without counts. */
  #tokens(): string {
    const { input, output, counted: known, uncounted } = this.#sums;
    if (uncounted === 0) return `${counted(input, "token")} in, ${output} out`;
    const note = `(${counted(uncounted, "call")} without counts)`;
    if (known === 0) return `– tokens in, – out ${note}`;
    return `${counted(input, "token")} in, ${output} out ${note}`;
  }

  #row(trace: Trace, span: Span): void {
    if (this.#terminal.isJson) return this.#write(shownJson(callFact(span, trace)));
    if (!this.#hasHead) {
      this.#leaveLine();
      this.#write(callHead(this.#terminal, "stderr"));
    }
    this.#hasHead = true;
    this.#write(callRow(span, trace, this.#terminal, "stderr"));
  }

  /** Prints an empty line on a terminal, where the program may have left a line unfinished. */
  #leaveLine(): void {
    if (this.#terminal.streams.stderr.isTTY) this.#write("");
  }

  #write(line: string): void {
    this.#terminal.streams.stderr.write(`${line}\n`);
  }
}
