/** A user's file as a domain: its default export, made by `defineDomain` or shaped like it. */
import { basename, dirname, extname, resolve } from "node:path";
import { HoneError, isError, messageOf } from "../../core/errors.ts";
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { userPlace } from "../../rollouts/user-place.ts";
import { defaultExportOf, isProgramName } from "../user-module.ts";

/** Whether a domain is named by the path of a file: it has a slash, or the ending of a program or of a file of tasks. */
export const isDomainFile = (name: string): boolean =>
  /[\\/]/.test(name) || isProgramName(name) || isTaskFile(name);

/** Whether it is named by a file of tasks, as `hone tasks import` writes them. */
export const isTaskFile = (name: string): boolean => name.endsWith(".jsonl");

/** The whole path of a domain's file; another name as it is. A run records it, so that it is resumed from anywhere. */
export const domainFile = (name: string): string => (isDomainFile(name) ? resolve(name) : name);

/** What runs of a domain are called: "math"; of a file its name, or its folder's name where that says more. */
export function domainTitle(name: string): string {
  if (!isDomainFile(name)) return name;
  const file = basename(name, extname(name));
  const title = ["domain", "index", "tasks"].includes(file)
    ? basename(dirname(resolve(name)))
    : file;
  return title.replaceAll(/[^\w.-]+/g, "-");
}

/** How a domain's file ends where it is right. */
const EXAMPLE = "export default defineDomain({ tasks, environment })";

/**
 * Loads the file.
 * @throws USER_FILE_INVALID without such a file, when it throws, and without a default export; DOMAIN_INVALID when that is no domain
 */
export async function importDomain(name: string): Promise<DomainDefinition> {
  const exported = await defaultExportOf(name, { what: "domain", example: EXAMPLE });
  try {
    return defineDomain(exported as DomainDefinition);
  } catch (error) {
    if (!isError(error, "OPTION_INVALID")) throw error;
    const { option, got, expected } = error.facts;
    const problem = `its ${option} is ${got}; it must be ${expected}`;
    throw new HoneError("DOMAIN_INVALID", { domain: name, problem }, { cause: error });
  }
}

/** What a user's code threw while it did something for a domain. */
export function domainFailed(domain: string, doing: string, error: unknown): HoneError {
  const place = userPlace(error);
  const facts = { domain, doing, problem: messageOf(error), ...(place && { place }) };
  return new HoneError("DOMAIN_FAILED", facts, { cause: error });
}
