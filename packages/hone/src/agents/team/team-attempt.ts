/**
 * One attempt of a team: members take turns until all have voted since the last answer, or turns or time run out.
 *
 * Every turn has a time limit and every member a limited number of turns, so an attempt always ends.
 */
import { randomBits } from "../../core/random.ts";
import type { TeamAnswer, TeamEnding, TeamFailure, TeamRestart } from "../../core/team.ts";
import type { MemberPart, TeamToolReply, TeamTurn } from "../../ports/team-member.ts";
import { type Board, isRefusal, type Refusal } from "./board.ts";
import type { TeamLabels } from "./labels.ts";
import { takeTurn, type TurnResult } from "./member-turn.ts";
import type { ActiveTurn, Seat } from "./seat.ts";
import { turnMessages, updateMessage, type ShownAnswer } from "./team-messages.ts";
import type { TeamSettings } from "./team-options.ts";
import type { TeamHappening, TeamRecord } from "./team-record.ts";
import { readCall, teamTools } from "./team-tools.ts";

/** Refusals that do not count as a failure of the member: another member was faster. */
const blameless: ReadonlySet<string> = new Set(["stale", "limit"]);

/** What an attempt works with. */
export interface AttemptParts {
  readonly settings: TeamSettings;
  readonly seats: readonly Seat[];
  readonly board: Board;
  readonly labels: TeamLabels;
  readonly record: TeamRecord;
  /** Aborts with the reason "deadline" or "cancelled". */
  readonly signal: AbortSignal;
  /** The winning answer of the attempt before, which was not accepted; undefined in the first attempt. */
  readonly rejected: { readonly text: string; readonly instructions: string } | undefined;
}

/** Runs an attempt and keeps what happened in it. */
export class TeamAttempt {
  readonly restarts: TeamRestart[] = [];
  readonly failures: TeamFailure[] = [];
  /** Tokens that members reported; undefined while none did. */
  tokens: number | undefined;
  readonly #parts: AttemptParts;
  #progress = Promise.withResolvers<void>();

  constructor(parts: AttemptParts) {
    this.#parts = parts;
  }

  async run(): Promise<TeamEnding> {
    const { signal, seats } = this.#parts;
    const wake = (): void => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    try {
      for (;;) {
        const progress = this.#progress.promise;
        const ending = this.#ending();
        if (ending !== undefined) return ending;
        this.#startTurns();
        if (seats.every((seat) => seat.turn === undefined)) return "limits";
        await progress;
      }
    } finally {
      signal.removeEventListener("abort", wake);
      for (const seat of seats) this.#abandon(seat);
    }
  }

  #ending(): TeamEnding | undefined {
    const { signal, seats, board } = this.#parts;
    if (signal.aborted) return signal.reason === "deadline" ? "deadline" : "cancelled";
    const active = seats.filter((seat) => !seat.isExcluded);
    if (active.length === 0) return "no_members";
    return active.every((seat) => board.hasVoted(seat.name)) ? "consensus" : undefined;
  }

  #startTurns(): void {
    const { seats, settings, board, labels } = this.#parts;
    const place = (seat: Seat): number => labels.order.indexOf(seat.name);
    const waiting = seats
      .filter((seat) => !seat.isExcluded && seat.turn === undefined && !board.hasVoted(seat.name))
      .filter((seat) => seat.rounds < settings.maxTurns)
      .toSorted((a, b) => a.rounds - b.rounds || place(a) - place(b));
    for (const seat of waiting) {
      const working = seats.filter((one) => one.turn !== undefined);
      if (working.length >= settings.concurrency) return;
      // No second turn begins while others still give their first answers, which would clear its vote.
      if (seat.rounds > 0 && working.some((one) => one.turn?.isIndependent)) return;
      void this.#runTurn(seat);
    }
  }

  async #runTurn(seat: Seat): Promise<void> {
    const { settings, board, record } = this.#parts;
    seat.rounds++;
    const isIndependent =
      settings.independentStart && seat.rounds === 1 && board.mayAnswer(seat.name);
    const details = { round: seat.rounds, version: board.version };
    const turn: ActiveTurn = {
      controller: new AbortController(),
      record: record.startTurn(seat.name, details),
      round: seat.rounds,
      isIndependent,
      seen: isIndependent ? -1 : board.version,
    };
    seat.turn = turn;
    this.#add(seat, turn, { event: "turn_start", details });
    const result = await record.within(turn.record, () =>
      takeTurn({
        member: seat.member,
        turn: this.#viewOf(seat, turn),
        timeoutMs: settings.turnTimeoutMs,
        onPart: (part) => this.#take(seat, turn, part),
      }),
    );
    if (seat.turn === turn) this.#endTurn(seat, turn, result);
  }

  /** The turn as the member is given it: answers under labels, no names. */
  #viewOf(seat: Seat, turn: ActiveTurn): TeamTurn {
    const { settings, board, labels, rejected } = this.#parts;
    const answers = turn.isIndependent ? [] : this.#shown([...board.current().values()]);
    const messages = turnMessages({
      task: settings.task,
      answers,
      mayAnswer: board.mayAnswer(seat.name),
      note: seat.note,
      rejected,
    });
    seat.note = undefined;
    const tools = (): TeamTurn["tools"] =>
      teamTools({
        mayAnswer: board.mayAnswer(seat.name),
        labels: this.#votable(seat, turn).map((name) => labels.labelOf(name)),
        call: (name, args) => this.#call(seat, turn, name, args),
      });
    return {
      task: settings.task,
      answers,
      messages,
      get tools() {
        return tools();
      },
      round: turn.round,
      seed: randomBits(settings.seed, "turn", board.attempt, seat.index, turn.round),
      signal: turn.controller.signal,
      updates: () => this.#updates(turn),
    };
  }

  #votable(seat: Seat, turn: ActiveTurn): readonly string[] {
    const { board, labels, settings } = this.#parts;
    if (turn.isIndependent) return [];
    const current = board.current();
    return labels.order.filter(
      (name) => current.has(name) && (settings.selfVotes || name !== seat.name),
    );
  }

  #shown(answers: readonly TeamAnswer[]): ShownAnswer[] {
    const { labels } = this.#parts;
    const byMember = new Map(answers.map((answer) => [answer.member, answer]));
    return labels.order.flatMap((name) => {
      const answer = byMember.get(name);
      return answer ? [{ label: labels.labelOf(name), text: labels.scrub(answer.text) }] : [];
    });
  }

  #updates(turn: ActiveTurn): ReturnType<TeamTurn["updates"]> {
    const { board } = this.#parts;
    if (turn.isIndependent || turn.ended !== undefined || turn.seen >= board.version) return [];
    const fresh = [...board.current().values()].filter(({ version }) => version > turn.seen);
    turn.seen = board.version;
    return fresh.length === 0 ? [] : [updateMessage(this.#shown(fresh))];
  }

  #take(seat: Seat, turn: ActiveTurn, part: MemberPart): void {
    switch (part.type) {
      case "content":
      case "reasoning":
        turn.record[part.type] += part.text;
        return;
      case "usage":
        this.tokens = (this.tokens ?? 0) + part.usage.input + part.usage.output;
        return;
      case "tool_call":
        this.#call(seat, turn, part.name, part.arguments);
    }
  }

  #call(seat: Seat, turn: ActiveTurn, name: string, args: unknown): TeamToolReply {
    if (seat.turn !== turn || turn.ended !== undefined || turn.controller.signal.aborted) {
      return { isAccepted: false, message: "This turn is over." };
    }
    const action = readCall(name, args);
    if ("problem" in action) {
      return this.#refused(seat, turn, name, { refused: "malformed", message: action.problem });
    }
    return action.tool === "new_answer"
      ? this.#answered(seat, turn, action.text)
      : this.#voted(seat, turn, action.label, action.reason);
  }

  #answered(seat: Seat, turn: ActiveTurn, text: string): TeamToolReply {
    const { board } = this.#parts;
    const voters = board.votes.map((vote) => vote.voter);
    const result = board.answer({ member: seat.name, text, round: turn.round });
    if (isRefusal(result)) return this.#refused(seat, turn, "new_answer", result);
    const { version, round } = result;
    this.#add(seat, turn, {
      event: "new_answer",
      details: { version, round, text, clearedVotes: voters.length },
    });
    this.#startOthersAgain(result, voters);
    return this.#acted(seat, turn, "Your answer was taken.");
  }

  #startOthersAgain(answer: TeamAnswer, voters: readonly string[]): void {
    const { seats, settings, board } = this.#parts;
    for (const seat of seats) {
      const { turn } = seat;
      if (seat.name === answer.member || seat.isExcluded) continue;
      const isDisturbed = turn !== undefined && turn.ended === undefined && !turn.isIndependent;
      const { version, member: by } = answer;
      if (isDisturbed && settings.onNewAnswer === "inject") {
        this.#add(seat, turn, { event: "inject", details: { version, by } });
      } else if (isDisturbed || voters.includes(seat.name)) {
        const restart = { version, by, wasWorking: isDisturbed };
        this.restarts.push({ member: seat.name, ...restart, attempt: board.attempt });
        this.#add(seat, turn, { event: "restart", details: restart });
        if (isDisturbed) {
          turn.ended = "restarted";
          turn.controller.abort("restart");
        }
      }
    }
  }

  #voted(seat: Seat, turn: ActiveTurn, label: string, reason: string | undefined): TeamToolReply {
    const { board, labels } = this.#parts;
    const choice = labels.memberOf(label);
    const result = board.vote({
      voter: seat.name,
      choice: choice ?? "",
      reason,
      round: turn.round,
      seen: turn.seen,
    });
    if (isRefusal(result)) return this.#refused(seat, turn, "vote", result);
    const { version, round } = result;
    this.#add(seat, turn, {
      event: "vote",
      details: {
        choice: result.choice,
        version,
        round,
        ...(reason === undefined ? {} : { reason }),
      },
    });
    return this.#acted(seat, turn, "Your vote was taken.");
  }

  #acted(seat: Seat, turn: ActiveTurn, message: string): TeamToolReply {
    seat.failuresInRow = 0;
    turn.ended = "acted";
    turn.controller.abort("acted");
    return { isAccepted: true, message };
  }

  #refused(seat: Seat, turn: ActiveTurn, tool: string, refusal: Refusal): TeamToolReply {
    const event = tool === "vote" ? "vote_refused" : "answer_refused";
    turn.refusal = refusal;
    seat.note = refusal.message;
    this.#add(seat, turn, { event, details: { round: turn.round, refused: refusal.refused } });
    // A first answer that repeats one which its member could not see is no failure; the next turn shows the answers.
    if (refusal.refused === "not_novel" && turn.isIndependent) {
      turn.ended = "repeated";
      turn.controller.abort("repeated");
    }
    return { isAccepted: false, message: refusal.message };
  }

  #endTurn(seat: Seat, turn: ActiveTurn, result: TurnResult): void {
    const { record, board } = this.#parts;
    const failure = failureOf(turn, result);
    seat.turn = undefined;
    turn.controller.abort(result.end);
    if (failure !== undefined) {
      const entry = { ...failure, round: turn.round };
      this.failures.push({ member: seat.name, ...entry, attempt: board.attempt });
      this.#add(seat, turn, { event: "turn_failed", details: entry });
      this.#countFailure(seat);
    }
    record.endTurn(seat.name, turn.record, {
      how: turn.ended ?? failure?.reason ?? result.end,
      ...(failure === undefined ? {} : { error: failure.message }),
    });
    this.#wake();
  }

  #countFailure(seat: Seat): void {
    const { settings, record, board } = this.#parts;
    seat.failuresInRow++;
    if (seat.failuresInRow < settings.maxFailures) return;
    seat.isExcluded = true;
    record.add({
      event: "excluded",
      member: seat.name,
      attempt: board.attempt,
      details: { failures: seat.failuresInRow },
    });
  }

  /** Ends a turn that still runs when the attempt is over. */
  #abandon(seat: Seat): void {
    const { turn } = seat;
    if (turn === undefined) return;
    seat.turn = undefined;
    turn.controller.abort("team is done");
    this.#parts.record.endTurn(seat.name, turn.record, { how: "stopped" });
  }

  #add(
    seat: Seat,
    turn: ActiveTurn | undefined,
    what: Pick<TeamHappening, "event" | "details">,
  ): void {
    const { record, board } = this.#parts;
    const under = turn?.record.span;
    record.add({ ...what, member: seat.name, attempt: board.attempt, under });
  }

  /** Lets `run` look at the state again. */
  #wake(): void {
    this.#progress.resolve();
    this.#progress = Promise.withResolvers();
  }
}

/** The failure of a turn that gave neither an answer nor a vote; undefined for a turn that did not fail. */
function failureOf(
  turn: ActiveTurn,
  result: TurnResult,
): Pick<TeamFailure, "reason" | "message"> | undefined {
  if (turn.ended !== undefined || result.end === "stopped") return undefined;
  if (result.end === "error") return { reason: "error", message: result.message };
  if (result.end === "timeout") return { reason: "timeout", message: "its turn took too long" };
  if (turn.refusal !== undefined && blameless.has(turn.refusal.refused)) return undefined;
  const message = turn.refusal?.message ?? "it ended without an answer or a vote";
  return { reason: "no_action", message };
}
