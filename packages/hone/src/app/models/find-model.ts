/**
 * Finds the model that a user names: a folder, a run by its name, an adapter, a GGUF file, or an id of the Hugging Face hub.
 *
 *     ./models/tiny            a model folder; an adapter folder (its base model is found, too); a run folder; a checkpoint
 *     math-20260101-1200-7f3a  a run, named in any way that `findRun` takes: what it ended with, else its latest checkpoint; "last" is the
 *                              newest run that has a checkpoint
 *     Qwen/Qwen3-0.6B@main     downloaded once into the Hugging Face cache
 *     ./models/x.gguf          a file of llama.cpp, imported once into the same cache
 */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { adaptersFromTexts, type AgentsByAdapter } from "../../agents/agents-by-adapter.ts";
import { HoneError, isError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import type { TrainingClientOptions } from "../../engine/clients/training-client.ts";
import { downloadProgress } from "../../engine/hub/download-progress.ts";
import { importOnce, isGgufFile } from "../../engine/hub/import-once.ts";
import { resolveModel } from "../../engine/hub/resolve-model.ts";
import type { LoraOptions } from "../../engine/lora/lora.ts";
import { readJsonObject } from "../../engine/weights/model-folder.ts";
import type { RunRecord } from "../../formats/run-format.ts";
import { findRun, runOfPart, trainedParts } from "../../runs/find-run.ts";
import { runSummary } from "../../runs/list.ts";
import { loadCheckpoint, type LoadedCheckpoint } from "../../runs/load-checkpoint.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import type { OnProgress } from "../../core/progress.ts";
import { readLearned } from "./learned-file.ts";

/** What belongs to the name of a model. */
export interface FindModelOptions {
  /** An adapter to put on the model: a PEFT folder, a run with an adapter, or a hub id. Default: none. */
  readonly adapter?: string;
  /** The folder that run folders are in. Default "runs". */
  readonly runs?: string;
  /** Which checkpoint of a run: "best", "latest" or its name. Default: what the run ended with, else the latest. */
  readonly checkpoint?: string;
  /** Do not look for an adapter's base model, whose name is then taken from the adapter as it is. Default false. */
  readonly withoutBase?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** What kind of model is looked for. */
interface ModelKind {
  /**
   * Whether the model may be a reward model, whose value head says a number instead of words: "refused", "allowed", or "needed".
   * Default "refused".
   */
  readonly valueHead?: "refused" | "allowed" | "needed";
  /** Whether it may be a run that trained several adapters, which is not one model: "refused" or "allowed". Default "refused". */
  readonly team?: "refused" | "allowed";
}

/** The model that a name stands for. */
export interface FoundModel {
  /** The name as it was given. */
  readonly name: string;
  /** The model's folder; with an adapter, the folder of its base model. */
  readonly folder: string;
  /** The folder of the adapter on the model. */
  readonly adapter?: string;
  /** The adapters of a team on the model, where its run trained several. */
  readonly team?: FoundTeam;
  /** The checkpoint of a run that holds the weights, when the run has no finished ones. */
  readonly checkpoint?: FoundCheckpoint;
  /** The file of its value head, where it is a reward model. */
  readonly valueHead?: string;
  /** The configuration of the run that the model comes from; of a copied folder, what its hone.json says of that. */
  readonly run?: RunRecord["config"];
  /** True where the run itself is not known, but only what hone.json says. */
  readonly isCopy?: true;
  /** Lines to show the user: cached files may be old, damaged checkpoints were skipped. */
  readonly notices: readonly string[];
}

/** The adapters that a run trained for the parts of a team. */
export interface FoundTeam {
  /** The folder of each. */
  readonly folders: Readonly<Record<string, string>>;
  /** The agents whose calls each answers. */
  readonly agents: AgentsByAdapter;
}

/** A checkpoint of a run. */
export interface FoundCheckpoint {
  readonly name: string;
  /** The folder of the training state, for `loadState`. */
  readonly state: string;
  /** What the run trains: a new adapter with these settings, an adapter it began with, or all weights (`lora: false`). */
  readonly trained: Pick<TrainingClientOptions, "lora" | "adapter">;
}

/**
 * Finds a model by its name.
 * @throws MODEL_HAS_VALUE_HEAD, MODEL_WITHOUT_VALUE_HEAD, MODEL_HAS_ADAPTERS; MODEL_NOT_FOUND, RUN_AMBIGUOUS, RUN_WITHOUT_CHECKPOINT, CHECKPOINT_NOT_FOUND, CHECKPOINT_DAMAGED, ADAPTER_ABSENT, ADAPTER_BASE_UNKNOWN, HUB_*, CANCELLED
 * @example const { folder, adapter } = await findModel("runs/math-20260101-1200-7f3a");
 */
export async function findModel(
  name: string,
  options: FindModelOptions & ModelKind = {},
): Promise<FoundModel> {
  const found = await findOne(name, options);
  const { adapter: wanted } = options;
  // An adapter that is named takes the place of a team's.
  checkKind(found, wanted === undefined ? options : { ...options, team: "allowed" });
  if (wanted === undefined) return found;
  const adapter = await findOne(wanted, { ...options, base: found.folder });
  checkKind(adapter, { ...options, team: "refused" });
  const files = adapterFiles(adapter);
  if (files === undefined) {
    throw new HoneError("ADAPTER_ABSENT", { name: wanted, model: wholeModel(adapter) });
  }
  // The adapter was trained last, so its run says how tasks are worded.
  const run = adapter.run ?? found.run;
  const { team: _team, ...base } = found;
  return {
    ...base,
    ...(run === undefined ? {} : { run }),
    adapter: files,
    notices: [...found.notices, ...adapter.notices],
  };
}

/** @throws MODEL_HAS_VALUE_HEAD, MODEL_WITHOUT_VALUE_HEAD, MODEL_HAS_ADAPTERS */
function checkKind(
  { name: model, valueHead: head, team: found }: FoundModel,
  { valueHead = "refused", team = "refused" }: ModelKind,
): void {
  if (found !== undefined && team === "refused")
    throw new HoneError("MODEL_HAS_ADAPTERS", { model, adapters: Object.values(found.folders) });
  if (head !== undefined && valueHead === "refused")
    throw new HoneError("MODEL_HAS_VALUE_HEAD", { model });
  if (head === undefined && valueHead === "needed")
    throw new HoneError("MODEL_WITHOUT_VALUE_HEAD", { model });
}

/** The folder of the adapter that was found; a run that trains an adapter saves it in every checkpoint. */
export function adapterFiles({ adapter, checkpoint }: FoundModel): string | undefined {
  if (checkpoint === undefined || checkpoint.trained.lora === false) return adapter;
  return join(dirname(checkpoint.state), "adapter");
}

/** The folder of the whole model that was found; a run that trained all weights saves it in every checkpoint. */
export const wholeModel = ({ folder, checkpoint }: FoundModel): string =>
  checkpoint === undefined ? folder : join(dirname(checkpoint.state), "model");

interface FindOptions extends FindModelOptions {
  /** The folder of an adapter's base model, when the caller knows it. */
  readonly base?: string;
}

async function findOne(name: string, options: FindOptions): Promise<FoundModel> {
  if (await isFolder(name)) return ofItsRun(await inFolder(name, name, options));
  if (await isGgufFile(name)) return inGguf(name, options);
  const root = options.runs ?? "runs";
  try {
    return await inFolder(name, await findRun(root, name, { withWeights: true }), options);
  } catch (error) {
    if (!isError(error, "RUN_NOT_FOUND")) throw error;
  }
  checkHubName(name, root);
  return onHub(name, options);
}

/**
 * Refuses to ask the hub for what was meant as a path: "runs/math-7f3b" has the form of an id, too, and a misspelt path is to
 * be an error at once, not a request to another machine.
 * @throws MODEL_NOT_FOUND
 */
function checkHubName(name: string, runs: string): void {
  const [first, second, ...more] = name.split("/");
  if (second === undefined || more.length > 0 || name.includes("@")) return;
  if (first !== basename(runs) && !existsSync(resolve(first!))) return;
  const looked = `the folder ${first}; ${name}@main would be an id of Hugging Face`;
  throw new HoneError("MODEL_NOT_FOUND", { model: name, looked });
}

/**
 * A model in a folder, with the run that the folder is a part of: what `…/model` of a run learned is what the run did. A copy of such a
 * folder has a file that says so.
 */
async function ofItsRun(found: FoundModel): Promise<FoundModel> {
  if (found.run !== undefined) return found;
  const folder = await runOfPart(found.name);
  if (folder !== undefined) return { ...found, run: (await readRunRecord(folder)).config };
  const run = await readLearned(found.adapter ?? found.folder);
  return run === undefined ? found : { ...found, run, isCopy: true };
}

/** What a folder holds: a run, an adapter, a model or a checkpoint. Their files tell. */
async function inFolder(name: string, folder: string, options: FindOptions): Promise<FoundModel> {
  if (existsSync(join(folder, runFiles.run))) return inRun(name, folder, options);
  const adapter = ["", "adapter"].find((part) => has(folder, part, "adapter_config.json"));
  if (adapter !== undefined)
    return {
      ...(await withBase(name, join(folder, adapter), options)),
      ...headBeside(folder, adapter),
    };
  const model = ["", "model"].find((part) => has(folder, part, "config.json"));
  if (model !== undefined)
    return { name, folder: join(folder, model), ...headBeside(folder, model), notices: [] };
  const looked = `${folder}, which has no config.json, adapter_config.json or run.json`;
  throw new HoneError("MODEL_NOT_FOUND", { model: name, looked });
}

async function inGguf(name: string, options: FindOptions): Promise<FoundModel> {
  const { signal, onProgress } = options;
  const { folder, warnings } = await importOnce(name, { signal, onProgress });
  return { name, folder, notices: warnings.map(({ message }) => message) };
}

async function inRun(name: string, folder: string, options: FindOptions): Promise<FoundModel> {
  const { config } = await readRunRecord(folder);
  const isFinished = existsSync(join(folder, runFiles.result));
  if (isFinished && options.checkpoint === undefined) {
    const part = ["adapter", "model"].find((one) => existsSync(join(folder, one)));
    if (part !== undefined)
      return { ...(await inFolder(name, join(folder, part), options)), run: config };
  }
  const agents = agentsOf(config);
  if (isFinished && options.checkpoint === undefined && agents !== undefined) {
    const base = await baseOfRun(folder, config, options);
    return { ...ofTeam(base, { name, folder, agents }), run: config };
  }
  const { path, manifest, warnings } = await checkpointOf(folder, options.checkpoint);
  const base = await baseOfRun(folder, config, options);
  const notices = [...warnings.map(({ message }) => message), ...base.notices];
  if (agents !== undefined)
    return { ...ofTeam(base, { name, folder: path, agents }), run: config, notices };
  const trained = base.adapter === undefined ? { lora: loraOf(config) } : { adapter: base.adapter };
  const checkpoint = { name: manifest.name, state: join(path, "training"), trained };
  const head = headBeside(path, "model");
  return { name, folder: base.folder, checkpoint, ...head, run: config, notices };
}

/** The adapters of a team in a folder of its run, on the base that they share. */
function ofTeam(
  base: FoundModel,
  {
    name,
    folder,
    agents,
  }: Pick<FoundTeam, "agents"> & { readonly name: string; readonly folder: string },
): FoundModel {
  const folders = Object.fromEntries(
    Object.keys(agents).map((adapter) => [adapter, join(folder, runFiles.adapters, adapter)]),
  );
  return { ...base, name, team: { folders, agents } };
}

/** The adapters of a run, as `train` or `hone train` recorded them; undefined where it trains one policy. */
function agentsOf({ adapters }: RunRecord["config"]): AgentsByAdapter | undefined {
  if (Array.isArray(adapters)) return adaptersFromTexts(adapters.map(String));
  return isObject(adapters) ? (adapters as AgentsByAdapter) : undefined;
}

/** @throws RUN_WITHOUT_CHECKPOINT for a run that has none, saying why it failed; as `loadCheckpoint` */
async function checkpointOf(folder: string, which: string | undefined): Promise<LoadedCheckpoint> {
  try {
    return await loadCheckpoint(join(folder, runFiles.checkpoints), which);
  } catch (error) {
    if (!isError(error, "CHECKPOINT_NOT_FOUND") || error.facts.known.length > 0) throw error;
    const { status, problem } = await runSummary(folder);
    const [first = ""] = status === "failed" ? (problem ?? "").split("\n") : [];
    const facts = { folder, parts: trainedParts(folder), ...(first !== "" && { problem: first }) };
    throw new HoneError("RUN_WITHOUT_CHECKPOINT", facts, { cause: error });
  }
}

/** The model that a run began with: its folder `base` when the run made a new model, else the model that its settings name. */
export async function baseOfRun(
  folder: string,
  config: RunRecord["config"],
  { checkpoint: _checkpoint, withoutBase: _withoutBase, ...options }: FindOptions,
): Promise<FoundModel> {
  const { model } = config;
  const own = join(folder, "base");
  if (existsSync(own) || typeof model !== "string") return { name: own, folder: own, notices: [] };
  if (existsSync(model)) return findOne(model, options);
  const there = placesAbove(model, folder).find(isModelFolder);
  return findOne(there ?? model, options);
}

/** Folders of a project above a run or an adapter of it: `models/rl/adapter`, `runs/<name>/checkpoints/<name>/adapter`. */
const PROJECT_DEPTH = 5;

/**
 * Where the path of a model may lead that a run or an adapter recorded, seen from the folders above it, the nearest first: so a
 * project can be used from another working folder, and moved as a whole. None for a name of one word, which is a run or a model by id.
 */
function placesAbove(path: string, from: string): readonly string[] {
  if (isAbsolute(path) || !/[\\/]/.test(path)) return [];
  const above: string[] = [resolve(from)];
  while (above.length < PROJECT_DEPTH) above.push(dirname(above.at(-1)!));
  return above.map((folder) => resolve(folder, path));
}

const isModelFolder = (path: string): boolean =>
  [runFiles.run, "config.json", "adapter_config.json"].some((file) => existsSync(join(path, file)));

/** The settings of a run's adapter, as `train` or `hone train` recorded them; false when the run trains all weights. */
function loraOf(config: RunRecord["config"]): LoraOptions | false {
  const { lora, weights, rank, alpha, dropout, targets } = config;
  if (lora !== undefined) return lora as LoraOptions | false;
  if (weights !== "adapter") return false;
  return { rank, alpha, dropout, targetModules: targets } as LoraOptions;
}

/** An adapter with the base model that it names: a folder, also relative to the adapter, or a hub id. */
async function withBase(name: string, adapter: string, options: FindOptions): Promise<FoundModel> {
  if (options.base !== undefined) return { name, folder: options.base, adapter, notices: [] };
  const { adapter: _adapter, checkpoint: _checkpoint, ...rest } = options;
  const { base_model_name_or_path: base } = await readJsonObject(adapter, "adapter_config.json");
  if (options.withoutBase === true) return { name, folder: String(base), adapter, notices: [] };
  if (typeof base !== "string" || base === "") {
    throw new HoneError("ADAPTER_BASE_UNKNOWN", { folder: adapter });
  }
  // A path beside the adapter is as its writer meant it; one of a project is known by the folders above.
  const places = [
    resolve(adapter, base),
    ...placesAbove(base, adapter).filter(isModelFolder),
    base,
  ];
  for (const place of places) {
    if (await isFolder(place)) return { ...(await inFolder(name, place, rest)), name, adapter };
    if (await isGgufFile(place)) return { ...(await inGguf(place, rest)), name, adapter };
  }
  return { ...(await onHub(base, rest)), name, adapter };
}

async function onHub(name: string, options: FindModelOptions): Promise<FoundModel> {
  const resolved = await resolveModel(name, {
    ...(options.signal ? { signal: options.signal } : {}),
    onProgress: downloadProgress(name, options.onProgress),
  });
  const notices = resolved.notice === undefined ? [] : [resolved.notice];
  const isAdapter = existsSync(join(resolved.folder, "adapter_config.json"));
  if (!isAdapter) return { name, folder: resolved.folder, notices };
  const found = await withBase(name, resolved.folder, options);
  return { ...found, notices: [...notices, ...found.notices] };
}

/** The value head of what lies in a part of a folder: beside that part, also where the part itself was named. */
function headBeside(folder: string, part: string): Pick<FoundModel, "valueHead"> {
  const file = join(folder, part === "" ? ".." : "", runFiles.valueHead);
  return existsSync(file) ? { valueHead: file } : {};
}

const has = (folder: string, part: string, file: string): boolean =>
  existsSync(join(folder, part, file));

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
