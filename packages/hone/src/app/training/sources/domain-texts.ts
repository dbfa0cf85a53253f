/** The text that the tokenizer is trained on where a model is made from nothing for a domain. */
import type { Message } from "../../../core/message.ts";
import { conversationOf, openingMessages } from "../../../environments/chat-format.ts";
import type { Task } from "../../../core/rollout.ts";
import { type Domain, withDomain } from "../../domains.ts";

/**
 * The conversations of the domain's expert on training tasks of all levels; without an expert the first observations, and the
 * names of the actions that can be taken then.
 */
export const domainTexts = (name: string, seed = 0): Promise<readonly (readonly Message[])[]> =>
  withDomain(name, (domain) => textsOf(domain, seed));

async function textsOf(domain: Domain, seed: number): Promise<readonly (readonly Message[])[]> {
  const levels = Array.from({ length: domain.levels }, (_, i) => i + 1);
  const tasks = domain.tasks({ split: "train", count: 300, levels, seed });
  if (!domain.hasExpert) return Promise.all(tasks.map((task) => openingOf(domain, task)));
  const episodes = await domain.episodes(tasks, { mistakeRate: 0.1, seed });
  return episodes.map((episode) => conversationOf(episode, domain.formats.compact));
}

async function openingOf(domain: Domain, task: Task): Promise<readonly Message[]> {
  const environment = domain.environment({});
  const observation = await environment.reset(task, 0);
  const content = environment.validActions().join(" ");
  const { compact } = domain.formats;
  return [...openingMessages(observation, compact), { role: "assistant", content }];
}
