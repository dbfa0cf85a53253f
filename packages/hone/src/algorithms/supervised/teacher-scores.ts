/** What a teacher thinks of the tokens that the policy sampled: its log-probs, in the policy's context or in one that knows more. */
import { HoneError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { Rollout, TokenIds, Trajectory, Turn } from "../../core/rollout.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { Datum, TrainingClient } from "../../ports/training-client.ts";
import type { Answer } from "../policy-gradient/scored-answers.ts";

/** A teacher that is open. */
export interface OpenedTeacher {
  /** Its weights. */
  readonly policy: SamplingClient;
  /** Frees it. */
  close(): Promise<void>;
}

/** Another model as a teacher, opened when the run begins. `modelTeacher` of hone-rl makes one of a model's name. */
export interface Teacher {
  /** What a run records of it: a resume with another teacher is refused. */
  readonly name: string;
  /**
   * Opens it for a student.
   * @throws TOKENIZERS_DIFFER where it reads tokens otherwise than the student; what opening a model throws
   */
  open(student: Renderer): Promise<OpenedTeacher>;
}

/** A row of tokens of which a part is scored. */
export interface ScoredRow {
  readonly id: string;
  readonly tokens: TokenIds;
  /** [T] 1 where the log-prob is read. */
  readonly mask: readonly number[];
  /** The adapter that sampled them, where the policy has several. */
  readonly adapter?: string | undefined;
}

/** [T] each: log-probs of the rows' tokens given those before them, in nats; read where a row's mask is 1. */
export type ScoreRows = (rows: readonly ScoredRow[]) => Promise<readonly ArrayLike<number>[]>;

/** Scores by a snapshot of weights; one of several adapters scores each row by that which sampled it. */
export const scoresOfSnapshot =
  (policy: Pick<SamplingClient, "logProbs" | "adapter">): ScoreRows =>
  (rows) =>
    Promise.all(
      rows.map(({ tokens, adapter }) => {
        const own = adapter === undefined ? undefined : policy.adapter?.(adapter);
        return (own ?? policy).logProbs(tokens);
      }),
    );

/** Scores by the weights that are trained, as they are. */
export const scoresOfTrained =
  (training: Pick<TrainingClient, "forward">): ScoreRows =>
  async (rows) => {
    const data = rows.map(({ id, tokens, mask, adapter }): Datum => {
      const weights = Float32Array.from(mask.slice(1));
      const named = adapter === undefined ? { id } : { id, adapter };
      return { ...named, tokens: tokens.slice(0, -1), targets: tokens.slice(1), weights };
    });
    const { logProbs } = await training.forward(data, "cross_entropy");
    // Position t of a datum predicts token t + 1.
    return logProbs.map((row) => [0, ...row]);
  };

/**
 * What the teacher is told beside the policy's prompt: the right answer, or what went wrong. A text, or undefined where there is
 * nothing to tell of a rollout, which then teaches nothing.
 */
export type TeacherContext = (rollout: Rollout) => string | undefined;

/** How the teacher reads answers. */
export interface TeacherReading {
  readonly score: ScoreRows;
  readonly renderer: Renderer;
  /** Default: the teacher reads exactly what the policy read. */
  readonly context?: TeacherContext | undefined;
}

/**
 * The teacher's log-probs of each answer's rows: [T] by a row's tokens, read where its mask is 1. Undefined for an answer of which
 * `context` has nothing to tell.
 * @throws OPTION_INVALID for a context that is no text; ROW_TOO_LONG, CONTEXT_EXCEEDED where a context makes a row too long
 */
export async function teacherLogProbs(
  answers: readonly Answer[],
  reading: TeacherReading,
): Promise<readonly (readonly ArrayLike<number>[] | undefined)[]> {
  const { score, context } = reading;
  const parts = await Promise.all(
    answers.map(async ({ rollout, rows }) =>
      context === undefined
        ? rows.map(({ tokens, mask, adapter }, i) => ({
            ...{ id: `${rollout.id}#${i}`, tokens, mask, adapter },
          }))
        : toldRows(rollout, reading),
    ),
  );
  const flat = parts.flatMap((rows) => rows ?? []);
  const scored = flat.length === 0 ? [] : await score(flat);
  let at = 0;
  return answers.map((answer, i) => {
    const rows = parts[i];
    if (rows === undefined) return undefined;
    const own = scored.slice(at, (at += rows.length));
    if (context === undefined) return own;
    const sampled = own.flatMap((logProbs, k) =>
      rows[k]!.mask.flatMap((isSampled, t) => (isSampled === 1 ? [logProbs[t]!] : [])),
    );
    return layOut(sampled, answer.rows);
  });
}

/** Each turn as a row of its own, after the prompt that the context is a part of. */
async function toldRows(
  rollout: Rollout,
  { renderer, context }: TeacherReading,
): Promise<readonly ScoredRow[] | undefined> {
  const told: unknown = context!(rollout);
  if (told === undefined) return undefined;
  if (typeof told !== "string" || told.trim() === "")
    throw new HoneError("OPTION_INVALID", {
      where: "distill",
      option: "context",
      got: typeof told === "string" ? "an empty text" : typeof told,
      expected: "a function of a rollout that returns a text, or undefined",
    });
  return Promise.all(
    rollout.turns.map(async (turn, i) => {
      const prompt = await renderer.prompt(withContext(turn.messages, told), settingsOf(turn));
      return {
        id: `${rollout.id}, turn ${i}, as the teacher reads it`,
        tokens: [...prompt, ...turn.tokens],
        mask: [...prompt.map(() => 0), ...turn.tokens.map(() => 1)],
        adapter: turn.adapter,
      };
    }),
  );
}

const settingsOf = ({ tools }: Turn) => ({
  allowsCutContext: true,
  ...(tools !== undefined && { tools }),
});

/** The conversation with the text behind the user's last message, since many templates refuse two messages of one role in a row. */
export function withContext(messages: readonly Message[], told: string): readonly Message[] {
  const last = messages.findLastIndex(({ role }) => role === "user");
  if (last < 0) return [...messages, { role: "user", content: told }];
  return messages.map((message, i) => {
    if (i !== last) return message;
    // The text as a file wrote it would be read in place of the new one.
    const { written: _, ...rest } = message;
    return { ...rest, content: `${message.content}\n\n${told}` };
  });
}

/** Numbers of sampled tokens, in their order, at those tokens' places in the rows. */
function layOut(sampled: readonly number[], rows: readonly Trajectory[]): Float64Array[] {
  let at = 0;
  return rows.map(({ mask }) =>
    Float64Array.from(mask, (isSampled) => (isSampled === 1 ? sampled[at++]! : 0)),
  );
}
