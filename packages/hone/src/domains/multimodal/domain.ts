/** The domain of a documentation's questions, for every command that takes one. */
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { type Documentation, sampleDocumentation } from "./documentation.ts";
import { multimodalEnvironment, multimodalMaxActions } from "./environment.ts";
import { multimodalExpert } from "./expert.ts";
import { compactMultimodalFormat, instructedMultimodalFormat } from "./format.ts";
import { askedTask, type MultimodalTask } from "./questions.ts";
import { multimodalReward, repliedIn } from "./rewards.ts";

/**
 * The domain of a documentation, which is made when it is first needed and forgotten when the domain is closed.
 * @example export default multimodalDomain(() => documentation(pages, existsSync));
 */
export function multimodalDomain(make: () => Documentation): DomainDefinition<MultimodalTask> {
  let made: Documentation | undefined;
  const known = (): Documentation => (made ??= make());
  return defineDomain<MultimodalTask>({
    tasks: ({ split, count, seed }) => known().questions({ split, count, seed }),
    environment: (options) => multimodalEnvironment({ ...options, images: known().images }),
    reward: multimodalReward,
    expert: multimodalExpert,
    maxActions: multimodalMaxActions,
    // The question is the first line, and what is known about it the rest.
    problem: (text) =>
      askedTask(text.split("\n")[0]!.trim(), text.split("\n").slice(1).join("\n").trim()),
    solution: (_task, episode) => JSON.stringify(repliedIn(episode)),
    format: { compact: compactMultimodalFormat, instructed: instructedMultimodalFormat },
    close() {
      made?.images.close();
      made = undefined;
    },
  });
}

/** Questions about the sample documentation. */
export const sampleDomain = multimodalDomain(sampleDocumentation);
