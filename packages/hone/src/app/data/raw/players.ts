/** Who tries a domain's tasks in `hone rollout`: the domain's scripted expert, a model on this machine, or one at a provider. */
import { namedChatModel } from "../../../agents/named-chat-model.ts";
import { namedPolicyModels, namedWeights } from "../../../agents/named-policy.ts";
import { policyChatModels } from "../../../agents/policy-chat-model.ts";
import type { OnProgress } from "../../../core/progress.ts";
import type { Rollout, Task } from "../../../core/rollout.ts";
import { environmentAgent } from "../../../environments/environment-agent.ts";
import type { Episode } from "../../../ports/environment.ts";
import type { RolloutRunner, RunRolloutsRequest } from "../../../ports/rollout-runner.ts";
import { rolloutRunner, type RolloutRunnerOptions } from "../../../rollouts/rollout-runner.ts";
import { tokenizerPrint } from "../../../rollouts/tokenizer-print.ts";
import type { Domain } from "../../domains.ts";
import { findModel, type FindModelOptions } from "../../models/find-model.ts";
import { openFound, openOptions } from "../../models/open-found.ts";
import { longestReply } from "../../training/evaluate-model.ts";
import { formatOf, wordingOf } from "../../training/prompt-wording.ts";
import { expertPlayer } from "./expert-player.ts";

/** Who tries, and how. Without `model` and `policy` it is the domain's expert. */
export interface PlayerOptions extends Pick<FindModelOptions, "adapter" | "checkpoint" | "runs"> {
  /** A folder, a run, an adapter, a .gguf file or a Hugging Face id. */
  readonly model?: string | undefined;
  /** A model by its name at a provider, such as openai/gpt-4o-mini. */
  readonly policy?: string | undefined;
  /** Share of the expert's actions that are wrong. */
  readonly mistakeRate: number;
  /** The wording of tasks. Default: that of the model's run, else instructed. */
  readonly prompt?: string | undefined;
  /** Of sampling; 0 takes the likeliest token. */
  readonly temperature: number;
  /** Longest reply, in tokens. Default: as in the model's run, else 64. */
  readonly maxTokens?: number | undefined;
  /** Actions until an episode is cut off. Default: the domain's own. */
  readonly maxActions?: number | undefined;
  /** Tries at the same time. */
  readonly concurrency: number;
  /** Time limit of one try, in seconds. */
  readonly deadline: number;
  readonly threads?: number | undefined;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** What tries tasks. */
export interface Player {
  /** Names it in traces: "expert", or the model's name. */
  readonly name: string;
  /** Names the tokenizer of the tokens that it samples; absent where its tokens are not known. */
  readonly tokenizer?: string;
  /** Lines to show the user about the model that was found. */
  readonly notices: readonly string[];
  /** Tries the jobs, and tells each rollout as it ends. */
  readonly run: (
    request: Pick<RunRolloutsRequest, "jobs" | "onEnd" | "signal">,
  ) => Promise<readonly Rollout[]>;
  readonly close: () => Promise<void>;
}

/** A domain with the name that it was opened by. */
export interface NamedDomain {
  readonly name: string;
  readonly domain: Domain;
}

/**
 * Opens who tries.
 * @throws DOMAIN_EXPERT_ABSENT without a model for a domain without an expert; as `findModel`, `openFound` and `namedChatModel`
 */
export async function openPlayer(named: NamedDomain, options: PlayerOptions): Promise<Player> {
  const { model, policy } = options;
  if (model !== undefined) return localPlayer(named, model, options);
  if (policy !== undefined) return providerPlayer(named, policy, options);
  return expertPlayer(named, options);
}

async function localPlayer(
  { domain }: NamedDomain,
  model: string,
  options: PlayerOptions,
): Promise<Player> {
  const { temperature, prompt } = options;
  const found = await findModel(model, options);
  const { engine, policy } = await openFound(found, openOptions(options));
  try {
    const { renderer } = engine;
    const format = formatOf(domain.formats, await wordingOf(prompt, found.run));
    const sampling = { maxTokens: longestReply(found, options), temperature };
    const { contextLength } = engine.architecture;
    const chatModel = policyChatModels({ renderer, sampling, contextLength });
    const runner = runnerOf(domain, { format, chatModel, ...options });
    return {
      name: found.name,
      tokenizer: await tokenizerPrint(renderer),
      notices: found.notices,
      run: (request) => runner.run({ policy, ...request }),
      close: () => engine.close(),
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function providerPlayer(
  { domain }: NamedDomain,
  name: string,
  options: PlayerOptions,
): Promise<Player> {
  const { temperature, prompt } = options;
  const format = formatOf(domain.formats, await wordingOf(prompt));
  const maxTokens = longestReply({}, options);
  const chatModel = namedPolicyModels(await namedChatModel(name), { name, maxTokens, temperature });
  const runner = runnerOf(domain, { format, chatModel, ...options });
  return {
    name,
    notices: [],
    run: (request) => runner.run({ policy: namedWeights(name), ...request }),
    close: async () => undefined,
  };
}

type RunnerParts = Pick<PlayerOptions, "maxActions" | "concurrency" | "deadline"> &
  Pick<RolloutRunnerOptions<Task, Episode>, "chatModel"> & {
    readonly format: ReturnType<typeof formatOf>;
  };

/** Runs a domain's episodes as training does. */
function runnerOf(
  domain: Domain,
  { format, chatModel, maxActions, concurrency, deadline }: RunnerParts,
): RolloutRunner {
  const limit = maxActions === undefined ? {} : { maxActions };
  return rolloutRunner<Task, Episode>({
    agent: environmentAgent(() => domain.environment(limit), { format, ...limit }),
    reward: (rollout) => domain.reward(rollout),
    ...{ chatModel, concurrency, deadlineMs: deadline * 1000 },
  });
}
