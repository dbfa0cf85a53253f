/**
 * The table of domains: one row for each. Flags, help and every command that takes `--domain` are derived from it. A file of
 * a user's is a domain, too, by its path, and so is a file of a benchmark's tasks. A domain is loaded when it is opened, so that help and other domains do not wait for it.
 */
import { failClosed } from "../core/close-all.ts";
import { HoneError } from "../core/errors.ts";
import { completeDomain, type Domain } from "./domains/complete-domain.ts";
import { importDomain, isDomainFile, isTaskFile } from "./domains/import-domain.ts";
import { openTaskFile } from "./domains/open-task-file.ts";

export type { Domain } from "./domains/complete-domain.ts";
export { domainFile, domainTitle, isDomainFile } from "./domains/import-domain.ts";

/** Loads and opens the domains by the names that `--domain` takes. */
const domains = {
  math: async () => completeDomain("math", (await import("../domains/math/domain.ts")).mathDomain),
  business: async () =>
    completeDomain("business", (await import("../domains/business/domain.ts")).businessDomain),
  writing: async () =>
    completeDomain("writing", (await import("../domains/writing/domain.ts")).writingDomain),
  meetings: async () =>
    completeDomain("meetings", (await import("../domains/meetings/domain.ts")).meetingsDomain),
  mhqa: async () => completeDomain("mhqa", (await import("../domains/mhqa/domain.ts")).mhqaDomain),
  tau: async () => completeDomain("tau", (await import("../domains/tau/domain.ts")).tauDomain),
  video: async () =>
    completeDomain("video", (await import("../domains/video/domain.ts")).videoDomain),
  multimodal: async () =>
    completeDomain("multimodal", (await import("../domains/multimodal/domain.ts")).sampleDomain),
  swe: async () => completeDomain("swe", (await import("../domains/swe/domain.ts")).sweDomain),
  code: async () =>
    completeDomain("code", (await import("../domains/code/domain.ts")).javascriptDomain),
  "code-python": async () =>
    completeDomain("code-python", (await import("../domains/code/domain.ts")).pythonDomain),
} satisfies Readonly<Record<string, () => Promise<Domain>>>;

export const domainNames: readonly string[] = Object.keys(domains);

/** Other names of domains, which are accepted wherever a domain is named. */
const otherNames: Readonly<Record<string, string>> = { qa: "mhqa", service: "tau" };

/** The name of a domain in the table; any other name, and the path of a file, as it is. @example canonicalDomain("qa"); // "mhqa" */
export const canonicalDomain = (name: string): string =>
  (Object.hasOwn(otherNames, name) ? otherNames[name] : undefined) ?? name;

/**
 * The domain of a name, or of the path of a user's file, with the type of its tasks erased. It is in use until its `close`.
 * @throws DOMAIN_NOT_FOUND; USER_FILE_INVALID, DOMAIN_INVALID, DOMAIN_SPLITS_SHARED for a file; for one of tasks as `openTaskFile`
 * @example const domain = await openDomain("./my-domain.ts");
 */
export async function openDomain(given: string): Promise<Domain> {
  const name = canonicalDomain(given);
  if (Object.hasOwn(domains, name)) return domains[name as keyof typeof domains]();
  if (isTaskFile(name)) return openTaskFile(name);
  if (isDomainFile(name)) return completeDomain(name, await importDomain(name));
  throw new HoneError("DOMAIN_NOT_FOUND", { domain: name, names: domainNames.join(", ") });
}

/**
 * Opens a domain for a piece of work, and closes it when that has ended, however it ends.
 * @throws as `openDomain` and `work`
 * @example await withDomain("math", (domain) => domain.tasks({ split: "test", count: 9, levels: [1], seed: 0 }));
 */
export async function withDomain<Result>(
  name: string,
  work: (domain: Domain) => Result | Promise<Result>,
): Promise<Result> {
  const domain = await openDomain(name);
  const close = (): Promise<void> => domain.close();
  const result = await Promise.resolve(domain)
    .then(work)
    .catch((error: unknown) => failClosed(error, [close]));
  await close();
  return result;
}

/**
 * Opens a domain for what stays open behind this call.
 * @returns what `open` gives, with a `close` that closes the domain; when `open` throws, the domain is closed at once
 * @throws as `openDomain` and `open`
 */
export async function holdDomain<Opened extends object>(
  name: string,
  open: (domain: Domain) => Promise<Opened>,
): Promise<Opened & { readonly close: () => Promise<void> }> {
  const domain = await openDomain(name);
  try {
    return { ...(await open(domain)), close: () => domain.close() };
  } catch (error) {
    return failClosed(error, [() => domain.close()]);
  }
}
