/** `hone domains`: what there is to know of a domain, with problems in the words that `hone serve` takes. */
import { domainNames, withDomain } from "../domains.ts";
import type { Domain } from "./complete-domain.ts";

/** A domain in a few facts. */
export interface DomainFacts {
  readonly name: string;
  /** The highest level of its tasks; the lowest is 1. */
  readonly levels: number;
  readonly hasExpert: boolean;
  /** Whether `hone serve` answers problems of it (POST /solve). */
  readonly hasProblems: boolean;
  /** Actions until an episode is cut off, where no setting says it. */
  readonly maxActions: number;
  /** A task of each level: as /solve reads it, or, where the domain takes no problems, as an agent first reads it. */
  readonly examples: readonly string[];
}

/**
 * The facts of one domain.
 * @throws as `openDomain`, its tasks and its environment
 * @example (await domainFacts("math")).examples[0]; // "2x + 2 = 16"
 */
export const domainFacts = (name: string): Promise<DomainFacts> =>
  withDomain(name, async (domain) => {
    const { levels, hasExpert, hasProblems, maxActions } = domain;
    const all = Array.from({ length: levels }, (_, place) => exampleOf(domain, place + 1));
    return { name, levels, hasExpert, hasProblems, maxActions, examples: await Promise.all(all) };
  });

async function exampleOf(domain: Domain, level: number): Promise<string> {
  const [task] = domain.tasks({ split: "train", count: 1, levels: [level], seed: 0 });
  return domain.problemText(task!);
}

/** The domains that `--domain` takes by their names. */
export const allDomainFacts = (): Promise<readonly DomainFacts[]> =>
  Promise.all(domainNames.map(domainFacts));
