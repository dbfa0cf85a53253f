/** A model as a server in the forms of OpenAI and Anthropic: what `hone serve` runs. */
import { closeAll, failClosed } from "../../core/close-all.ts";
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { findModel, type FindModelOptions, type FoundModel } from "../models/find-model.ts";
import { openOptions, openFound } from "../models/open-found.ts";
import {
  checkKey,
  listenNames,
  type ListenSettings,
  type Serving,
  startServer,
} from "./start-server.ts";
import { checkSolving, openSolving } from "./open-solving.ts";
import { ServedPolicies } from "./served-policies.ts";

/** A model, its adapters, and where they are served. */
export interface ServeSettings extends ListenSettings, FindModelOptions {
  /** A folder, a run, or a Hugging Face id. Of a run that trained a team, its base is served, and each adapter under its own name. */
  readonly model: string;
  /** The name under which the model answers. Default: `model` as it is given. */
  readonly name?: string;
  /** Adapters on the model, by the names under which they answer: PEFT folders or runs. */
  readonly adapters?: Readonly<Record<string, string>>;
  /** Tokens of a reply where a request names no limit. Default 1024. */
  readonly maxTokens?: number;
  /** The domain whose problems POST /solve answers: by name, or a file; "none": none. Default: that of the run that the model comes from, if any. */
  readonly domain?: string;
  /** The wording of the domain's episodes: compact, instructed, or a file with a system message. Default: as in the run, else instructed. */
  readonly prompt?: string;
  /** The system message of every conversation, in the place of the one it came with. Default: as it came. */
  readonly system?: string;
  /** A store, by its address, in which solved problems and the ratings of POST /feedback are kept. Default: none. */
  readonly store?: string;
  /** Actions until an episode of POST /solve is cut off. Default: those of the run, else 12. */
  readonly maxActions?: number;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
}

/** A server of a model. */
export interface ModelServing extends Serving {
  readonly found: FoundModel;
  /** What its user should know: those of `found`, and why problems are not answered. */
  readonly notices: readonly string[];
  /** The domain whose problems POST /solve answers; undefined where it answers none. */
  readonly domain: string | undefined;
  /** Adds an adapter under a name. @throws SERVE_ADAPTER_INVALID, ADAPTER_* */
  addAdapter(name: string, path: string): Promise<void>;
  /** Takes an adapter away. @throws SERVE_ADAPTER_INVALID */
  removeAdapter(name: string): Promise<void>;
}

const settingNames: OptionNames<ServeSettings> = {
  ...listenNames,
  model: true,
  name: true,
  adapters: true,
  maxTokens: true,
  domain: true,
  prompt: true,
  system: true,
  store: true,
  maxActions: true,
  threads: true,
  adapter: true,
  runs: true,
  checkpoint: true,
  withoutBase: true,
  signal: true,
  onProgress: true,
};

/**
 * Serves a model in the forms of OpenAI (chat completions, completions, responses) and of Anthropic (messages).
 *
 * @throws OPTION_INVALID; SERVE_KEY_MISSING without a key on an address that other machines reach; LISTEN_FAILED;
 *         SERVE_ADAPTER_INVALID; DOMAIN_PROBLEMS_ABSENT for a domain that is asked for and makes no tasks of texts; the errors of
 *         `findModel`, `openDomain`, `openStore` and of opening a model
 * @example
 * const serving = await serve({ model: "Qwen/Qwen3-0.6B", adapters: { mine: "runs/math-7f3a" } });
 * serving.url; // "http://127.0.0.1:8000"
 */
export async function serve(settings: ServeSettings): Promise<ModelServing> {
  const { adapters = {}, ...checkable } = settings;
  checkOptions<object>("serve", checkable, settingNames);
  const { model, name = model, maxTokens = 1024 } = settings;
  optionChecks("serve").whole("maxTokens", maxTokens, { min: 1 });
  checkKey(settings);
  checkSolving(settings);
  const found = await findModel(model, { ...settings, team: "allowed" });
  const { team, ...base } = found;
  const { engine, policy } = await openFound(base, openOptions(settings));
  const closings = [() => engine.close()];
  try {
    const solving = await openSolving({ engine, policy, found, settings });
    closings.unshift(() => solving.close());
    const models = new ServedPolicies({
      engine,
      name,
      policy,
      maxTokens,
      system: settings.system,
      findAdapter: (path) => adapterFolder(model, path, settings),
    });
    const all = [...Object.entries(team?.folders ?? {}), ...Object.entries(adapters)];
    for (const [id, path] of all) await models.addAdapter(id, path);
    const server = await startServer(models, settings, solving.solver);
    closings.unshift(() => server.close());
    return {
      found,
      notices: [...found.notices, ...solving.notices],
      domain: solving.domain,
      url: server.url,
      addAdapter: (id, path) => models.addAdapter(id, path),
      removeAdapter: (id) => models.removeAdapter(id),
      close: () => closeAll(closings),
    };
  } catch (error) {
    return failClosed(error, closings);
  }
}

/** Adapters by their names, from texts such as "math=runs/math-7f3a". @throws SERVE_ADAPTER_INVALID */
export function adaptersNamed(texts: readonly string[]): Readonly<Record<string, string>> {
  const named = texts.map((text) => {
    const [, name, path] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name !== undefined && path !== undefined) return [name, path] as const;
    throw new HoneError("SERVE_ADAPTER_INVALID", {
      name: text,
      problem: "is not of the form name=path",
    });
  });
  const twice = named.find(([name], i) => named.findIndex(([other]) => other === name) !== i);
  if (twice !== undefined) {
    throw new HoneError("SERVE_ADAPTER_INVALID", { name: twice[0], problem: "is named twice" });
  }
  return Object.fromEntries(named);
}

/** The folder of an adapter on the served model. @throws ADAPTER_ABSENT and the errors of `findModel` */
async function adapterFolder(
  model: string,
  path: string,
  { runs, signal }: ServeSettings,
): Promise<string> {
  const options = { ...(runs === undefined ? {} : { runs }), ...(signal ? { signal } : {}) };
  const { adapter } = await findModel(model, { ...options, adapter: path });
  if (adapter === undefined) throw new HoneError("ADAPTER_ABSENT", { name: path, model });
  return adapter;
}
