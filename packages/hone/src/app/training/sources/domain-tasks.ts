/** A domain's tasks as the source of a training: the policy does them while it learns, or its expert has done them. */
import type { Task } from "../../../core/rollout.ts";
import { type ChatFormat, conversationOf } from "../../../environments/chat-format.ts";
import { environmentAgent } from "../../../environments/environment-agent.ts";
import type { Episode } from "../../../ports/environment.ts";
import { agentTasks, type RunnableTasks } from "../../../rollouts/agent-tasks.ts";
import { type Domain, domainOf } from "../../domains.ts";
import { promptOf } from "../prompt-wording.ts";
import { domainTexts } from "./domain-texts.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";

/** The policy does the training tasks in the domain's environment while it learns. */
export async function openDomainRollouts(
  request: SourceRequest<"rollouts">,
): Promise<OpenedSource<"rollouts">> {
  const { trainTasks, opened, runnable } = await openDomain(request);
  return {
    ...opened,
    data: undefined,
    learning: { kind: "rollouts", ...runnable(trainTasks) },
  };
}

/** The conversations of the domain's expert, which has done the training tasks, are a dataset. */
export async function openDomainExpert(
  request: SourceRequest<"dataset">,
): Promise<OpenedSource<"dataset">> {
  const { domain, format, trainTasks, opened } = await openDomain(request);
  const { mistakeRate, maxSteps, seed } = request.settings;
  const episodes = await domain.episodes(trainTasks, { mistakeRate, maxSteps, seed });
  const conversations = episodes.map((episode) => conversationOf(episode, format));
  return { ...opened, data: { conversations }, learning: { kind: "dataset" } };
}

interface OpenedDomain {
  readonly domain: Domain;
  readonly format: ChatFormat;
  readonly trainTasks: readonly Task[];
  /** Tasks that are done and judged in the domain's environment. */
  readonly runnable: (tasks: readonly Task[]) => RunnableTasks;
  /** What both sources have in common. */
  readonly opened: Omit<OpenedSource, "data" | "learning">;
}

async function openDomain(request: SourceRequest): Promise<OpenedDomain> {
  const { training, settings } = request;
  const { levels, maxSteps, seed } = settings;
  const domain = domainOf(settings.domain);
  const found = await modelOf(request);
  const prompt = settings.prompt ?? (found === undefined ? "compact" : promptOf(found.run));
  const format = domain.formats[prompt];
  const runnable = (tasks: readonly Task[]): RunnableTasks =>
    agentTasks<Task, Episode>({
      tasks,
      agent: environmentAgent(() => domain.environment({ maxSteps }), { format, maxSteps }),
      reward: (rollout) => domain.reward(rollout),
    });
  const heldOut = domain.tasks({ split: "test", count: settings.testTasks, levels, seed });
  return {
    domain,
    format,
    trainTasks: domain.tasks({ split: "train", count: settings.trainTasks, levels, seed }),
    runnable,
    opened: {
      runName: `${settings.domain}-${training}`,
      found,
      texts: () => domainTexts(settings.domain, seed),
      heldOut: runnable(heldOut),
      settled: { prompt },
    },
  };
}
