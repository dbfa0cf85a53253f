/**
 * The table of domains: one row for each. Flags, help and every command that takes `--domain` are derived from it. A file of
 * a user's is a domain, too, by its path.
 */
import { compactMathFormat, instructedMathFormat } from "../domains/math/format.ts";
import { mathEnvironment } from "../domains/math/environment.ts";
import { mathExpert } from "../domains/math/expert.ts";
import { mathReward } from "../domains/math/rewards.ts";
import { equationTasks, type EquationTask, type MathLevel } from "../domains/math/tasks.ts";
import { HoneError } from "../core/errors.ts";
import { defineDomain } from "../environments/domain.ts";
import { completeDomain, type Domain } from "./domains/complete-domain.ts";
import { importDomain, isDomainFile } from "./domains/import-domain.ts";

export type { Domain } from "./domains/complete-domain.ts";
export { domainFile, domainTitle, isDomainFile } from "./domains/import-domain.ts";

/** Domains by the names that `--domain` takes. */
const domains = {
  math: completeDomain<EquationTask>(
    "math",
    defineDomain({
      levels: 5,
      // equationTasks refuses levels that do not exist.
      tasks: ({ levels, ...rest }) =>
        equationTasks({ ...rest, levels: levels as readonly MathLevel[] }),
      environment: mathEnvironment,
      reward: mathReward,
      expert: mathExpert,
      format: { compact: compactMathFormat, instructed: instructedMathFormat },
    }),
  ),
} satisfies Readonly<Record<string, Domain>>;

export const domainNames: readonly string[] = Object.keys(domains);

/**
 * The domain of a name, or of the path of a user's file, with the type of its tasks erased.
 * @throws DOMAIN_NOT_FOUND; USER_FILE_INVALID, DOMAIN_INVALID, DOMAIN_SPLITS_SHARED for a file
 * @example await openDomain("./my-domain.ts");
 */
export async function openDomain(name: string): Promise<Domain> {
  if (Object.hasOwn(domains, name)) return domains[name as keyof typeof domains];
  if (isDomainFile(name)) return completeDomain(name, await importDomain(name));
  throw new HoneError("DOMAIN_NOT_FOUND", { domain: name, names: domainNames.join(", ") });
}
