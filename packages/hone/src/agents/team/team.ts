/**
 * A team: several agents on one task that answer, see each other's anonymous answers, and vote.
 *
 * A new answer clears all votes and starts the other members again; the work ends when every member has voted since the
 * last answer. The answer with the most votes wins, the earliest among equals. A member that throws, hangs or answers
 * nonsense loses its turn, and after several such turns in a row its place; the team works on without it.
 */
import { messageOf } from "../../core/errors.ts";
import { isObject, type JsonValue } from "../../core/json.ts";
import { optionsOf } from "../../core/known-options.ts";
import type { TeamAnswer, TeamEnding, TeamEvent, TeamOutcome, TeamVote } from "../../core/team.ts";
import type { TeamEvaluation } from "../../ports/team-member.ts";
import { Board } from "./board.ts";
import { type TeamLabels, teamLabels } from "./labels.ts";
import { Seat } from "./seat.ts";
import { TeamAttempt } from "./team-attempt.ts";
import { type TeamOptions, type TeamSettings, teamSettings } from "./team-options.ts";
import { TeamRecord } from "./team-record.ts";

/**
 * Lets a team work on a task and returns the outcome: the winning answer, all other answers, votes and failures. When no
 * member answered, the outcome has no winner.
 *
 * @throws OPTION_INVALID for options that cannot be. Errors of members are failures in the outcome and never thrown
 * @example
 * const { winner } = await runTeam({ task: "Name a prime above 100.", members: { ada, ben, cleo } });
 */
export async function runTeam(options: TeamOptions): Promise<TeamOutcome> {
  const events = eventsOf(optionsOf("runTeam", () => teamSettings(options)));
  for (;;) {
    const next = await events.next();
    if (next.done === true) return next.value;
  }
}

/**
 * Lets a team work on a task and yields what happens as it happens; the generator's return value is the outcome. Leaving
 * the loop stops the team.
 *
 * @throws OPTION_INVALID for options that cannot be
 * @example for await (const { event, member } of teamEvents({ task, members })) console.log(event, member);
 */
export async function* teamEvents(options: TeamOptions): AsyncGenerator<TeamEvent, TeamOutcome> {
  return yield* eventsOf(teamSettings(options));
}

async function* eventsOf(settings: TeamSettings): AsyncGenerator<TeamEvent, TeamOutcome> {
  const run = new TeamRun(settings);
  let outcome: TeamOutcome | undefined;
  const finished = run.run().then((value) => {
    outcome = value;
    run.record.wake();
  });
  try {
    while (outcome === undefined) {
      const changed = run.record.changed;
      yield* run.record.take();
      if (outcome === undefined) await Promise.race([changed, finished]);
    }
    yield* run.record.take();
    return outcome;
  } finally {
    run.stop("cancelled");
    await finished;
  }
}

class TeamRun {
  readonly record: TeamRecord;
  readonly #settings: TeamSettings;
  readonly #labels: TeamLabels;
  readonly #seats: readonly Seat[];
  readonly #stop = new AbortController();
  readonly #attempts: { readonly attempt: TeamAttempt; readonly board: Board; rounds: number }[] =
    [];
  readonly #rejected: { readonly answer: TeamAnswer; readonly instructions: string }[] = [];

  constructor(settings: TeamSettings) {
    const members = Object.entries(settings.members);
    this.#settings = settings;
    this.#labels = teamLabels(Object.keys(settings.members), settings.seed);
    this.#seats = members.map(([name, member], i) => new Seat(name, i, member));
    this.record = new TeamRecord(settings);
  }

  stop(reason: "deadline" | "cancelled"): void {
    this.#stop.abort(reason);
  }

  async run(): Promise<TeamOutcome> {
    const { signal, timeoutMs, members, task } = this.#settings;
    const cancel = (): void => this.stop("cancelled");
    const timer = setTimeout(() => this.stop("deadline"), timeoutMs);
    if (signal?.aborted) cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    const start = { task, members: Object.keys(members) };
    this.record.add({ event: "team_start", attempt: 1, details: start });
    try {
      const ending = await this.#work();
      const outcome = this.#outcome(ending);
      this.record.add({
        event: "outcome",
        attempt: this.#attempts.length,
        details: JSON.parse(JSON.stringify(outcome)) as JsonValue,
      });
      this.record.close(outcome.winner !== undefined, ending === "cancelled");
      return outcome;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    }
  }

  async #work(): Promise<TeamEnding> {
    const { maxTeamRestarts } = this.#settings;
    for (;;) {
      const ending = await this.#attempt();
      const number = this.#attempts.length;
      const winner = this.#attempts.at(-1)?.board.winner();
      if (ending === "consensus") {
        const details = { winner: winner!.member, version: winner!.version };
        this.record.add({ event: "consensus", attempt: number, details });
      }
      if (winner === undefined || this.#stop.signal.aborted) return ending;
      const verdict = await this.#evaluate(winner, number);
      if (verdict === undefined || verdict.isAccepted || number > maxTeamRestarts) return ending;
      const instructions = verdict.instructions ?? "Give a better answer.";
      this.#rejected.push({ answer: winner, instructions });
      this.record.add({ event: "team_restart", attempt: number + 1, details: { instructions } });
    }
  }

  async #attempt(): Promise<TeamEnding> {
    const before = this.#attempts.at(-1)?.board.version ?? 0;
    const board = new Board(this.#attempts.length + 1, before, this.#settings);
    const last = this.#rejected.at(-1);
    const scrub = (text: string): string => this.#labels.scrub(text);
    const attempt = new TeamAttempt({
      settings: this.#settings,
      seats: this.#seats,
      board,
      labels: this.#labels,
      record: this.record,
      signal: this.#stop.signal,
      rejected: last && { text: scrub(last.answer.text), instructions: scrub(last.instructions) },
    });
    for (const seat of this.#seats) seat.reset();
    const entry = { attempt, board, rounds: 0 };
    this.#attempts.push(entry);
    const ending = await attempt.run();
    entry.rounds = Math.max(...this.#seats.map((seat) => seat.rounds));
    return ending;
  }

  /** Asks `postEvaluate` about an answer; undefined without one, and when it fails or takes too long. */
  async #evaluate(answer: TeamAnswer, attempt: number): Promise<TeamEvaluation | undefined> {
    const { postEvaluate, task, turnTimeoutMs } = this.#settings;
    if (postEvaluate === undefined) return undefined;
    const limit = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(turnTimeoutMs)]);
    const late = Promise.withResolvers<never>();
    const onLate = (): void => late.reject(new Error("it took too long or was stopped"));
    limit.addEventListener("abort", onLate, { once: true });
    try {
      const asked = (async () => postEvaluate({ task, answer, attempt, signal: limit }))();
      const verdict: unknown = await Promise.race([asked, late.promise]);
      if (!isVerdict(verdict)) throw new Error("it gave no { isAccepted, instructions }");
      const { isAccepted, instructions = "" } = verdict;
      const details = { isAccepted, instructions, version: answer.version };
      this.record.add({ event: "post_evaluation", attempt, details });
      return verdict;
    } catch (error) {
      const details = { failed: messageOf(error), version: answer.version };
      this.record.add({ event: "post_evaluation", attempt, details });
      return undefined;
    } finally {
      limit.removeEventListener("abort", onLate);
    }
  }

  #outcome(ending: TeamEnding): TeamOutcome {
    const all = this.#attempts;
    const boards = all.map(({ board }) => board);
    const winner = boards.at(-1)?.winner() ?? this.#rejected.at(-1)?.answer;
    const tokens = all.flatMap(({ attempt }) => attempt.tokens ?? []);
    const votes: readonly TeamVote[] = boards.at(-1)?.votes ?? [];
    return {
      members: this.#seats.map((seat) => seat.name),
      ending,
      isConsensus: ending === "consensus",
      ...(winner === undefined ? {} : { winner }),
      rejected: this.#rejected,
      attempts: all.length,
      rounds: all.reduce((sum, { rounds }) => sum + rounds, 0),
      ...(tokens.length === 0 ? {} : { tokens: tokens.reduce((a, b) => a + b, 0) }),
      answers: boards.flatMap((board) => board.answers),
      votes,
      votesCast: boards.flatMap((board) => board.votesCast),
      restarts: all.flatMap(({ attempt }) => attempt.restarts),
      failures: all.flatMap(({ attempt }) => attempt.failures),
      excluded: this.#seats.filter((seat) => seat.isExcluded).map((seat) => seat.name),
    };
  }
}

const isVerdict = (value: unknown): value is TeamEvaluation =>
  isObject(value) &&
  typeof value["isAccepted"] === "boolean" &&
  (value["instructions"] === undefined || typeof value["instructions"] === "string");
