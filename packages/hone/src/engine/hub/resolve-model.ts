/** From a model's name to a folder on this machine, downloading what is missing once into the Hugging Face cache. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { HoneError, isError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { downloadModel, type HubProgress } from "./download-model.ts";
import { cachedSnapshot, repositoryFolder } from "./hub-cache.ts";
import { listRevision, type RevisionListing } from "./hub-repository.ts";
import type { HubConnection } from "./hub-request.ts";
import { type Environment, type HubSettings, hubSettings } from "./hub-settings.ts";
import { isCommit, type ModelId, parseModelId } from "./model-id.ts";

/** Options of `resolveModel`. */
export interface ResolveOptions {
  /** Called with the progress of a download. */
  readonly onProgress?: (progress: HubProgress) => void;
  /** Aborts a download; what has arrived is kept, and CANCELLED is thrown. */
  readonly signal?: AbortSignal;
  /** HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE. Default `process.env`. */
  readonly environment?: Environment;
  /** Time limit of a request without a byte received, in ms. Default 30,000. */
  readonly stallMs?: number;
  /** Waits between tries of a request, in ms. Default 500, 1,000, 2,000, 4,000. */
  readonly retryDelaysMs?: readonly number[];
}

/** A model's folder on this machine. */
export interface ResolvedModel {
  /** The folder that holds the model's files. */
  readonly folder: string;
  /** "folder": a path was given; "cache": nothing was fetched; "hub": files were downloaded now. */
  readonly source: "folder" | "cache" | "hub";
  /** The commit, for models of the hub. */
  readonly commit?: string;
  /** Set when the hub could not be asked, so that the cached files may be older than the hub's; to be shown. */
  readonly notice?: string;
}

const optionNames: OptionNames<ResolveOptions> = {
  onProgress: true,
  signal: true,
  // Variables of the environment may have any name.
  environment: true,
  stallMs: true,
  retryDelaysMs: true,
};

/**
 * A folder for a model: a path as it is, or `organisation/name[@revision]` of the hub.
 *
 * Each call asks the hub for the revision's commit (one request), unless the revision is a commit. Without network the
 * cached files are used, with a `notice`. Only safetensors and tokenizer, template and configuration files are fetched. A second process that
 * wants the same model waits for the first. A stopped download continues where it was.
 *
 * @throws MODEL_NOT_FOUND, HUB_NOT_FOUND, HUB_ACCESS_DENIED, HUB_UNREACHABLE, HUB_OFFLINE, HUB_BAD_REPLY,
 *         HUB_HASH_MISMATCH, HUB_DISK_SPACE, DISK_FULL, WRITE_FAILED, MODEL_WEIGHTS_MISSING, CANCELLED
 * @example const { folder } = await resolveModel("Qwen/Qwen2.5-0.5B-Instruct", { onProgress: show });
 */
export async function resolveModel(
  model: string,
  options: ResolveOptions = {},
): Promise<ResolvedModel> {
  checkOptions("resolveModel", options, optionNames);
  if ((await stat(model).catch(() => undefined))?.isDirectory())
    return { folder: model, source: "folder" };
  const name = parseModelId(model);
  if (!name) {
    const looked = `${resolve(model)}, where there is no folder`;
    throw new HoneError("MODEL_NOT_FOUND", { model, looked });
  }

  const settings = await hubSettings(options.environment ?? process.env);
  const repository = repositoryFolder(settings.cache, name.id);
  const cached = await cachedSnapshot(repository, name.revision);
  if (cached && (settings.offline || isCommit(name.revision)))
    return { ...cached, source: "cache" };
  if (settings.offline) throw new HoneError("HUB_OFFLINE", { model, cache: settings.cache });

  const connection = connect(settings, name, options);
  let listing: RevisionListing;
  try {
    // With cached files to fall back on, waiting for a missing network is pointless.
    listing = await listRevision(cached ? { ...connection, retryDelaysMs: [] } : connection);
  } catch (error) {
    if (!cached || !isError(error, "HUB_UNREACHABLE")) throw error;
    return { ...cached, source: "cache", notice: error.message };
  }
  return downloadModel(connection, listing, settings.cache, options.onProgress);
}

function connect(
  { endpoint, token }: HubSettings,
  { id, revision }: ModelId,
  options: ResolveOptions,
): HubConnection {
  return {
    endpoint,
    model: id,
    revision,
    stallMs: options.stallMs ?? 30_000,
    retryDelaysMs: options.retryDelaysMs ?? [500, 1_000, 2_000, 4_000],
    ...(token === undefined ? {} : { token }),
    ...(options.signal ? { signal: options.signal } : {}),
  };
}
