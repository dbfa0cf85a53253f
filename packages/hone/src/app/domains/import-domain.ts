/** A user's file as a domain: its default export, made by `defineDomain` or shaped like it. */
import { stat } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { HoneError, isError, messageOf } from "../../core/errors.ts";
import { defineDomain, type DomainDefinition } from "../../environments/domain.ts";
import { userPlace } from "../../rollouts/user-place.ts";
import { importFile, isProgramName } from "../user-module.ts";

/** Whether a domain is named by the path of a file: it has a slash, or the ending of a program. */
export const isDomainFile = (name: string): boolean => /[\\/]/.test(name) || isProgramName(name);

/** The whole path of a domain's file; another name as it is. A run records it, so that it is resumed from anywhere. */
export const domainFile = (name: string): string => (isDomainFile(name) ? resolve(name) : name);

/** What runs of a domain are called: "math"; of a file its name, or its folder's name where that says more. */
export function domainTitle(name: string): string {
  if (!isDomainFile(name)) return name;
  const file = basename(name, extname(name));
  const title = ["domain", "index"].includes(file) ? basename(dirname(resolve(name))) : file;
  return title.replaceAll(/[^\w.-]+/g, "-");
}

/**
 * Loads the file.
 * @throws DOMAIN_NOT_FOUND without such a file; DOMAIN_FAILED when it throws; DOMAIN_INVALID when it exports no domain
 */
export async function importDomain(name: string): Promise<DomainDefinition> {
  const path = resolve(name);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw new HoneError("DOMAIN_NOT_FOUND", { domain: name, looked: path });
  const module = await importFile(name).catch((error: unknown) => {
    throw domainFailed(name, "it was loaded", error);
  });
  if (module["default"] === undefined) {
    const names = Object.keys(module).join(", ") || "nothing";
    const problem = `it has no default export (it exports ${names})`;
    throw new HoneError("DOMAIN_INVALID", { domain: name, problem });
  }
  try {
    return defineDomain(module["default"] as DomainDefinition);
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
