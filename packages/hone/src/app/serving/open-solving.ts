/** What POST /solve of a served model needs: its domain, its wording, its store. */
import { HoneError } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Engine } from "../../engine/engine.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { Solver } from "../../server/solver.ts";
import { openDomain } from "../domains.ts";
import type { FoundModel } from "../models/find-model.ts";
import { openStore } from "../open-store.ts";
import { formatOf, wordingOf } from "../training/prompt-wording.ts";
import { domainOfRun, ownTasksOf } from "../training/run-domain.ts";
import { domainSolver } from "./domain-solver.ts";
import type { ServeSettings } from "./serve-model.ts";

/** What answers problems, open until it is closed. */
export interface OpenedSolving {
  readonly solver: Solver;
  /** The domain, as it was named. */
  readonly domain: string;
  close(): Promise<void>;
}

/** What solving is opened with. */
export interface OpenSolvingOptions {
  readonly engine: Engine;
  readonly policy: SamplingClient;
  readonly found: FoundModel;
  readonly settings: ServeSettings;
}

/** Actions of an episode at most, where neither the settings nor a run say it. */
const defaultMaxActions = 12;

/** Tokens of one action at most, where no run says it. */
const defaultActionTokens = 256;

/** @throws OPTION_INVALID */
export function checkSolving({ solveCache, maxActions, store, domain }: ServeSettings): void {
  const check = optionChecks("serve");
  if (solveCache !== undefined) check.whole("solveCache", solveCache, { min: 0 });
  if (maxActions !== undefined) check.whole("maxActions", maxActions, { min: 1 });
  if (store !== undefined) check.text("store", store);
  if (domain !== undefined) check.text("domain", domain);
}

/**
 * Opens what answers problems: in the domain of the settings, else in that of the run that the model comes from. Undefined where
 * there is none, or where the run's domain makes no tasks of texts.
 * @throws DOMAIN_PROBLEMS_ABSENT for a domain that was asked for; the errors of `openDomain` and `openStore`
 */
export async function openSolving(options: OpenSolvingOptions): Promise<OpenedSolving | undefined> {
  const { settings, found } = options;
  const name = settings.domain ?? learnedDomain(found);
  if (name === undefined) return undefined;
  const domain = await openDomain(name);
  try {
    if (!domain.hasProblems) {
      await domain.close();
      if (settings.domain === undefined) return undefined;
      throw new HoneError("DOMAIN_PROBLEMS_ABSENT", { domain: name });
    }
    const store = settings.store === undefined ? undefined : await openStore(settings.store);
    const { run = {} } = found;
    const format = formatOf(domain.formats, await wordingOf(settings.prompt, found.run));
    const solver = await domainSolver({
      name,
      domain,
      format,
      store,
      engine: options.engine,
      policy: options.policy,
      maxActions: settings.maxActions ?? wholeOf(run["maxActions"]) ?? defaultMaxActions,
      maxTokens: wholeOf(run["maxTokens"]) ?? defaultActionTokens,
      deadlineMs: (settings.answerSeconds ?? 600) * 1000,
    });
    const close = async (): Promise<void> => {
      await domain.close();
      await store?.close();
    };
    return { solver, domain: name, close };
  } catch (error) {
    await domain.close();
    throw error;
  }
}

/** The domain that a run learned. A team answers under the names of its adapters, and does no problems. */
function learnedDomain({ run, team }: FoundModel): string | undefined {
  if (run === undefined || team !== undefined || ownTasksOf(run) !== undefined) return undefined;
  return domainOfRun(run);
}

const wholeOf = (value: unknown): number | undefined =>
  Number.isInteger(value) ? Number(value) : undefined;
