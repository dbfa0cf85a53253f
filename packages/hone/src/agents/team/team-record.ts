/** What happens in a team, written down: events for whoever listens, coordination spans for the trace. */
import type { JsonValue } from "../../core/json.ts";
import type { TeamEvent, TeamEventName } from "../../core/team.ts";
import type { OpenSpan, OpenTrace, Tracer } from "../../ports/tracer.ts";
import type { TeamSettings } from "./team-options.ts";

export interface TeamHappening {
  readonly event: TeamEventName;
  readonly attempt: number;
  readonly member?: string;
  readonly details: JsonValue;
  /** The span it belongs under. */
  readonly under?: OpenSpan | undefined;
}

/** A turn while it runs: its span, and what its member said so far. */
export interface TurnRecord {
  readonly span: OpenSpan<"coordination"> | undefined;
  content: string;
  reasoning: string;
}

export class TeamRecord {
  readonly #tracer: Tracer | undefined;
  readonly #trace: OpenTrace | undefined;
  /** True when the trace was begun here, and so ends here. */
  readonly #isOwn: boolean;
  readonly #waiting: TeamEvent[] = [];
  #sequence = 0;
  #wake = Promise.withResolvers<void>();

  constructor({ tracer, name, task }: TeamSettings) {
    const current = tracer?.current();
    this.#tracer = tracer;
    this.#isOwn = current === undefined;
    this.#trace = current ?? tracer?.trace({ agent: name, task, tags: ["team"] });
  }

  /** Resolves at the next event, or when `wake` is called. */
  get changed(): Promise<void> {
    return this.#wake.promise;
  }

  wake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Events not taken yet. */
  take(): TeamEvent[] {
    return this.#waiting.splice(0);
  }

  add({ under, ...happening }: TeamHappening): void {
    this.#waiting.push({ sequence: this.#sequence++, ...happening });
    const { event, member, details, attempt } = happening;
    // A turn is one span from its start to its end, not one for each.
    if (event !== "turn_start") {
      this.#trace
        ?.span({
          kind: "coordination",
          event,
          details,
          attributes: { attempt },
          ...(member === undefined ? {} : { agent: member }),
          ...(under === undefined ? {} : { parentId: under.id }),
        })
        .end();
    }
    this.wake();
  }

  startTurn(member: string, details: JsonValue): TurnRecord {
    const span = this.#trace?.span({ kind: "coordination", event: "turn", agent: member, details });
    return { span, content: "", reasoning: "" };
  }

  /** Runs a member's code so that spans it makes belong under its turn. */
  within<T>(turn: TurnRecord, run: () => T): T {
    const isTraced = this.#tracer !== undefined && this.#trace !== undefined;
    return isTraced ? this.#tracer.within(this.#trace, turn.span, run) : run();
  }

  /** Ends the turn's span and writes down what the member said in it. */
  endTurn(member: string, turn: TurnRecord, end: { how: string; error?: string }): void {
    const parent = turn.span === undefined ? {} : { parentId: turn.span.id };
    for (const kind of ["reasoning", "content"] as const) {
      const content = turn[kind];
      if (content !== "") this.#trace?.span({ kind, content, agent: member, ...parent }).end();
    }
    turn.span?.set({ end: end.how });
    if (end.error === undefined) turn.span?.end();
    else turn.span?.fail(new Error(end.error));
  }

  close(hasWinner: boolean, isCancelled: boolean): void {
    if (!this.#isOwn) return;
    const status = isCancelled ? "cancelled" : hasWinner ? "completed" : "failed";
    this.#trace?.end({ status });
  }
}
