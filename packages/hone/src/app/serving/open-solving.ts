/** What POST /solve of a served model needs: its domain, its wording, its store. */
import { closeAll, failClosed } from "../../core/close-all.ts";
import { HoneError, messageOf } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { withoutUser } from "../../core/shown-address.ts";
import type { Engine } from "../../engine/engine.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { Solver } from "../../server/solver.ts";
import { type Domain, openDomain } from "../domains.ts";
import type { FoundModel } from "../models/find-model.ts";
import { openStore } from "../open-store.ts";
import { formatOf, wordingOf } from "../training/prompt-wording.ts";
import { domainOfRun, ownTasksOf } from "../training/run-domain.ts";
import { domainSolver } from "./domain-solver.ts";
import type { ServeSettings } from "./serve-model.ts";

/** What answers problems, open until it is closed. */
export interface OpenedSolving {
  /** Undefined where no problems are answered. */
  readonly solver?: Solver;
  /** The domain, as it was named. Undefined where there is none. */
  readonly domain?: string;
  /** Why no problems are answered, where that may not be what was wanted. */
  readonly notices: readonly string[];
  close(): Promise<void>;
}

/** What solving is opened with. */
export interface OpenSolvingOptions {
  readonly engine: Engine;
  readonly policy: SamplingClient;
  readonly found: FoundModel;
  readonly settings: ServeSettings;
}

/** Tokens of one action at most, where no run says it. */
const defaultActionTokens = 256;

/** The setting of a server that is to answer no problems, whatever its model has learned. */
const noDomain = "none";

/** @throws OPTION_INVALID */
export function checkSolving({ solveCache, maxActions, store, domain }: ServeSettings): void {
  const check = optionChecks("serve");
  if (solveCache !== undefined) check.whole("solveCache", solveCache, { min: 0 });
  if (maxActions !== undefined) check.whole("maxActions", maxActions, { min: 1 });
  if (store !== undefined) check.text("store", store);
  if (domain !== undefined) check.text("domain", domain);
}

/**
 * Opens what answers problems: in the domain of the settings, else in that of the run that the model comes from. Where the run's
 * domain cannot be opened any more, such as a file that has moved, the model is served without it, and a notice says why.
 * @throws DOMAIN_PROBLEMS_ABSENT for a domain that was asked for; the errors of `openDomain` and `openStore`
 */
export async function openSolving(options: OpenSolvingOptions): Promise<OpenedSolving> {
  const { settings, found } = options;
  const name = settings.domain ?? learnedDomain(found);
  if (name === undefined || name === noDomain) return without(settings);
  const opened = settings.domain === undefined ? await learned(name) : await openDomain(name);
  if (typeof opened === "string") return without(settings, opened);
  if (!opened.hasProblems) {
    if (settings.domain === undefined) {
      await opened.close();
      return without(settings);
    }
    return failClosed(new HoneError("DOMAIN_PROBLEMS_ABSENT", { domain: name }), [
      () => opened.close(),
    ]);
  }
  return solvingIn(name, opened, options);
}

function without({ store }: ServeSettings, ...reasons: readonly string[]): OpenedSolving {
  const unused =
    store === undefined
      ? []
      : [`The store ${withoutUser(store)} is not used, since no problems are answered.`];
  return { notices: [...reasons, ...unused], close: () => Promise.resolve() };
}

/** The domain that a run learned; why it cannot be opened, where it cannot. */
async function learned(name: string): Promise<Domain | string> {
  try {
    return await openDomain(name);
  } catch (error) {
    return `POST /solve is not answered, since the domain ${name}, which the run learned, cannot be opened: ${messageOf(error)}`;
  }
}

async function solvingIn(
  name: string,
  domain: Domain,
  { engine, policy, settings, found }: OpenSolvingOptions,
): Promise<OpenedSolving> {
  const closings = [() => domain.close()];
  try {
    const store = settings.store === undefined ? undefined : await openStore(settings.store);
    if (store !== undefined) closings.unshift(() => store.close());
    const { run = {} } = found;
    const format = formatOf(domain.formats, await wordingOf(settings.prompt, found.run));
    const solver = await domainSolver({
      name,
      domain,
      format,
      store,
      engine,
      policy,
      maxActions: settings.maxActions ?? wholeOf(run["maxActions"]) ?? domain.maxActions,
      maxTokens: wholeOf(run["maxTokens"]) ?? defaultActionTokens,
      deadlineMs: (settings.answerSeconds ?? 600) * 1000,
    });
    return { solver, domain: name, notices: [], close: () => closeAll(closings) };
  } catch (error) {
    return failClosed(error, closings);
  }
}

/** The domain that a run learned. A team answers under the names of its adapters, and does no problems. */
function learnedDomain({ run, team }: FoundModel): string | undefined {
  if (run === undefined || team !== undefined || ownTasksOf(run) !== undefined) return undefined;
  return domainOfRun(run);
}

const wholeOf = (value: unknown): number | undefined =>
  Number.isInteger(value) ? Number(value) : undefined;
