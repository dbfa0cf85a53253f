/** Rollouts straight from tokens to tokens, without agents: for tests of algorithms. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { randomBits } from "../core/random.ts";
import type { Rollout, RolloutGroup, TokenIds, Turn } from "../core/rollout.ts";
import type { RolloutSource } from "../ports/rollout-source.ts";
import type { SamplingClient, SamplingParams } from "../ports/sampling-client.ts";

/** Options of `tokenRollouts`. */
export interface TokenRolloutOptions {
  /** One task each; steps go through them in turn. */
  readonly prompts: readonly TokenIds[];
  /** Scores all tokens that were sampled in a rollout. */
  readonly reward: (tokens: TokenIds, prompt: TokenIds) => number;
  /** How a turn is sampled; the seed is made of `seed`, step, group, rollout and turn. */
  readonly sampling: Omit<SamplingParams, "seed" | "format">;
  /** Default 0. */
  readonly seed?: number;
  /** Tokens given after each turn to start the next one: one more turn each. Default: one turn. */
  readonly between?: readonly TokenIds[];
}

const optionNames: OptionNames<TokenRolloutOptions> = {
  prompts: true,
  reward: true,
  sampling: true,
  seed: true,
  between: true,
};

/**
 * A rollout source that samples prompts in turn and scores all sampled tokens.
 * @example tokenRollouts({ prompts: [[1]], sampling: { maxTokens: 1 }, reward: ([token]) => (token === 3 ? 1 : 0) })
 */
export function tokenRollouts(options: TokenRolloutOptions): RolloutSource {
  checkOptions("tokenRollouts", options, optionNames);
  return {
    async groups({ policy, step, groupCount, groupSize, firstGroup = 0, choose }) {
      const ids = options.prompts.map((_, index) => `task ${index}`);
      const chosen = choose?.(ids, { groupCount, firstGroup });
      return Promise.all(
        Array.from({ length: groupCount }, async (_, place): Promise<RolloutGroup> => {
          const group = firstGroup + place;
          const index = chosen?.[place] ?? ((step - 1) * groupCount + group) % ids.length;
          const task = { id: `task ${index}` };
          const rollouts = await Promise.all(
            Array.from({ length: groupSize }, async (__, i): Promise<Rollout> => {
              const seed = randomBits(options.seed ?? 0, step, group, i);
              const turns = await playTurns(policy, options.prompts[index]!, seed, options);
              const tokens = turns.flatMap((turn) => turn.tokens);
              const total = options.reward(tokens, options.prompts[index]!);
              return {
                id: `${step}/${group}/${i}`,
                task,
                turns,
                answer: tokens,
                reward: { total, components: {}, source: "rule" },
                isSuccess: total > 0,
                failure: undefined,
                attempts: 1,
                seconds: 0,
              };
            }),
          );
          return { task, rollouts };
        }),
      );
    },
  };
}

async function playTurns(
  policy: SamplingClient,
  prompt: TokenIds,
  seed: number,
  { sampling, between = [] }: TokenRolloutOptions,
): Promise<Turn[]> {
  const turns: Turn[] = [];
  let promptTokens = prompt;
  for (let turn = 0; turn <= between.length; turn++) {
    const params = { tellsKept: true, ...sampling, seed: randomBits(seed, turn) };
    const [sampled] = await policy.sample(promptTokens, 1, params);
    turns.push({
      ...sampled!,
      messages: [],
      reply: { role: "assistant", content: "" },
      promptTokens,
      temperature: sampling.temperature ?? 1,
      isTruncated: (sampling.topK ?? 0) > 0 || (sampling.topP ?? 1) < 1 || (sampling.minP ?? 0) > 0,
    });
    promptTokens = [...promptTokens, ...sampled!.tokens, ...(between[turn] ?? [])];
  }
  return turns;
}
