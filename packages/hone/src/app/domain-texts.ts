/** A domain's own text, for the tokenizer of a model made from nothing. */
import { HoneError } from "../core/errors.ts";
import { compactMathFormat, equationTasks, expertEpisodes } from "../domains/math.ts";
import { conversationOf } from "../environments/chat-format.ts";

/**
 * What an expert's training episodes say and hear.
 * @throws OPTION_INVALID for a domain that is not there
 */
export async function domainTexts(domain: string, seed = 0): Promise<string[]> {
  if (domain !== "math") {
    const expected = "math";
    throw new HoneError("OPTION_INVALID", {
      where: "domain",
      option: "name",
      got: domain,
      expected,
    });
  }
  const tasks = equationTasks({ split: "train", count: 300, levels: [1, 2, 3, 4, 5], seed });
  const episodes = await expertEpisodes(tasks, { mistakeRate: 0.1, seed });
  return episodes.flatMap((episode) =>
    conversationOf(episode, compactMathFormat).map(({ content }) => content),
  );
}
