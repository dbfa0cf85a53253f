/** Records what happens in a team: as events for `teamEvents`, and as coordination spans in a trace. */
import type { JsonValue } from "../../core/json.ts";
import type { TeamEvent, TeamEventName } from "../../core/team.ts";
import type { OpenSpan, OpenTrace, Tracer } from "../../ports/tracer.ts";
import type { TeamSettings } from "./team-options.ts";

/** An event of a team before it is numbered. */
export interface TeamHappening {
  readonly event: TeamEventName;
  readonly attempt: number;
  readonly member?: string;
  readonly details: JsonValue;
  /** The span of the turn in which it happened; undefined outside of turns. */
  readonly under?: OpenSpan | undefined;
}

/** The record of a turn that runs: its span, and the member's text and reasoning so far. */
export interface TurnRecord {
  readonly span: OpenSpan<"coordination"> | undefined;
  content: string;
  reasoning: string;
}

/** The record of one team's work. */
export class TeamRecord {
  readonly #tracer: Tracer | undefined;
  readonly #trace: OpenTrace | undefined;
  /** True when the trace was begun for this team, so that `close` ends it. */
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

  /** Returns the events since the last call. */
  take(): TeamEvent[] {
    return this.#waiting.splice(0);
  }

  add({ under, ...happening }: TeamHappening): void {
    this.#waiting.push({ sequence: this.#sequence++, ...happening });
    const { event, member, details, attempt } = happening;
    // `startTurn` makes one span for the whole turn, so its start needs none.
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

  /** Runs a member's code so that spans made in it become children of the turn's span. */
  within<T>(turn: TurnRecord, run: () => T): T {
    const isTraced = this.#tracer !== undefined && this.#trace !== undefined;
    return isTraced ? this.#tracer.within(this.#trace, turn.span, run) : run();
  }

  /** Ends the turn's span and records the member's text and reasoning under it. */
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

  /** Ends the trace, when it was begun for this team. */
  close(hasWinner: boolean, isCancelled: boolean): void {
    if (!this.#isOwn) return;
    const status = isCancelled ? "cancelled" : hasWinner ? "completed" : "failed";
    this.#trace?.end({ status });
  }
}
