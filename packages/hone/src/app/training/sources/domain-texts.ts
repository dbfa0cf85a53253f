/** The text that the tokenizer is trained on where a model is made from nothing for a domain. */
import type { Message } from "../../../core/message.ts";
import { conversationOf } from "../../../environments/chat-format.ts";
import { type DomainName, domainOf } from "../../domains.ts";

/** The conversations of the domain's expert on training tasks of all levels. */
export async function domainTexts(name: DomainName, seed = 0): Promise<(readonly Message[])[]> {
  const domain = domainOf(name);
  const levels = Array.from({ length: domain.levels }, (_, i) => i + 1);
  const tasks = domain.tasks({ split: "train", count: 300, levels, seed });
  const episodes = await domain.episodes(tasks, { mistakeRate: 0.1, seed });
  return episodes.map((episode) => conversationOf(episode, domain.formats.compact));
}
