/** What this machine can do with hone, what is wrong with it, and how to mend that. */
import { access, constants, statfs } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { cacheFolder } from "../../engine/hub/hub-settings.ts";
import { measureProducts } from "../../engine/worker/measure-products.ts";
import type { SandboxLanguage } from "../../ports/sandbox.ts";
import { sandboxLanguages } from "../sandboxes/sandbox-languages.ts";
import { sandboxes, sandboxState } from "../sandboxes/sandboxes.ts";
import { modelSizes } from "../../engine/model-files/model-sizes.ts";

/** One thing that was examined. */
export interface Finding {
  /** What was examined, such as "memory". */
  readonly name: string;
  /** "problem": hone cannot work; "warning": it works, but not well; "absent": not there, and needed only for what it says. */
  readonly status: "ok" | "absent" | "warning" | "problem";
  /** One line for people. */
  readonly text: string;
  /** What to do; absent when the status is "ok". */
  readonly fix?: string;
  /** The same for programs. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** How the machine is examined. */
export interface DoctorOptions {
  /** Threads of the matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
  /** How long matrix products are measured, in seconds. Default 2. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

/** Free memory and free disk below which there is a warning, in GB. */
const MIN_MEMORY_GB = 2;
const MIN_DISK_GB = 2;
/** Speed of a thread below which there is a warning, in GFLOP/s: the machine may be busy. */
const MIN_GFLOPS_PER_THREAD = 10;
/** Rows and columns of the matrices that are multiplied. */
const SIZE = 1024;

/** Examines the machine and yields each finding when it is known. @throws CANCELLED after an abort */
export async function* examineMachine(options: DoctorOptions = {}): AsyncGenerator<Finding, void> {
  yield nodeFinding();
  yield coresFinding();
  yield memoryFinding();
  yield await diskFinding(
    "disk",
    process.cwd(),
    "Free some space here; runs and checkpoints are written below this folder.",
  );
  yield await diskFinding(
    "model cache",
    cacheFolder(process.env),
    "Free some space there, clear models (`npx hone cache list`), or point HF_HOME at another disk.",
  );
  yield await speedFinding(options);
  yield sizesFinding();
  for (const language of sandboxLanguages) yield await sandboxFinding(language);
}

/** Whether programs of a language can be run apart from this machine. */
async function sandboxFinding(language: SandboxLanguage): Promise<Finding> {
  const state = await sandboxState(language);
  const name = `${language} sandbox`;
  const { runs } = sandboxes[language];
  if (state.isThere)
    return { name, status: "ok", text: runs, facts: { language, sandbox: state.name } };
  const { what, fix } = state;
  return { name, status: "absent", text: `none: ${what}`, fix, facts: { language } };
}

function nodeFinding(): Finding {
  const { node } = process.versions;
  const [major, minor] = node.split(".").map(Number);
  const isNew = major! > 22 || (major === 22 && minor! >= 18);
  const facts = { node, platform: process.platform, architecture: process.arch };
  const text = `Node ${node}, ${process.platform} ${process.arch}`;
  return isNew
    ? { name: "node", status: "ok", text, facts }
    : {
        name: "node",
        status: "problem",
        text,
        facts,
        fix: "Install Node 22.18 or newer from https://nodejs.org.",
      };
}

function coresFinding(): Finding {
  const usable = availableParallelism();
  const model = cpus()[0]?.model.trim() ?? "unknown";
  const text = `${usable} usable ${usable === 1 ? "core" : "cores"} of ${cpus().length} (${model})`;
  const facts = { usable, present: cpus().length, model };
  return usable > 1
    ? { name: "cores", status: "ok", text, facts }
    : {
        name: "cores",
        status: "warning",
        text,
        facts,
        fix: "Training works on one core, slowly; give this container more.",
      };
}

function memoryFinding(): Finding {
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const free = process.availableMemory();
  const text = `${gigabytes(free)} GB free of ${gigabytes(total)} GB`;
  const facts = { freeBytes: free, totalBytes: total };
  return free >= MIN_MEMORY_GB * 1e9
    ? { name: "memory", status: "ok", text, facts }
    : {
        name: "memory",
        status: "warning",
        text,
        facts,
        fix: "Close other programs or raise the container's limit; tiny models fit all the same.",
      };
}

async function diskFinding(name: string, folder: string, fix: string): Promise<Finding> {
  const place = await nearestFolder(folder);
  try {
    const { bavail, bsize } = await statfs(place);
    const free = bavail * bsize;
    const facts = { folder, freeBytes: free };
    await access(place, constants.W_OK);
    const text = `${gigabytes(free)} GB free in ${folder}`;
    return free >= MIN_DISK_GB * 1e9
      ? { name, status: "ok", text, facts }
      : { name, status: "warning", text, facts, fix };
  } catch (error) {
    const text = `${folder} cannot be written (${messageOf(error)})`;
    return {
      name,
      status: "warning",
      text,
      facts: { folder },
      fix: "Give this user write permission there, or choose another folder.",
    };
  }
}

/** The given folder if it exists, else the nearest folder above it that does. */
async function nearestFolder(folder: string): Promise<string> {
  let place = resolve(folder);
  while (dirname(place) !== place) {
    if (
      await access(place).then(
        () => true,
        () => false,
      )
    )
      return place;
    place = dirname(place);
  }
  return place;
}

/** Loads ONNX Runtime and measures the speed of f32 matrix products. */
async function speedFinding(options: DoctorOptions): Promise<Finding> {
  const { threads = Math.min(8, availableParallelism()), seconds = 2, signal } = options;
  const name = "engine";
  try {
    const speed = await measureProducts({ threads, size: SIZE, seconds, signal });
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "the doctor" });
    const text = `ONNX Runtime loads; ${Math.round(speed)} GFLOP/s on ${threads} threads (f32, ${SIZE} × ${SIZE})`;
    const facts = { gflops: speed, threads, size: SIZE };
    return speed >= MIN_GFLOPS_PER_THREAD * threads
      ? { name, status: "ok", text, facts }
      : {
          name,
          status: "warning",
          text,
          facts,
          fix: "Another program may be using the cores; try again when it has ended, or with fewer --threads.",
        };
  } catch (error) {
    if (!isHoneError(error) || error.code === "CANCELLED") throw error;
    const [what = "", fix = ""] = error.message.split("\n  → ");
    return {
      name,
      status: "problem",
      text: what,
      fix,
      facts: { code: error.code, ...error.facts },
    };
  }
}

function sizesFinding(): Finding {
  const free = process.availableMemory();
  const sizes = modelSizes();
  const largest = (kind: "sample" | "adapter" | "all"): string | undefined =>
    sizes.findLast((size) => size[kind] <= free)?.model;
  const facts = {
    freeBytes: free,
    sizes,
    sample: largest("sample"),
    adapter: largest("adapter"),
    all: largest("all"),
  };
  const text = `talk to ${facts.sample ?? "none"} · train an adapter on ${facts.adapter ?? "none"} · train all weights of ${facts.all ?? "none"}`;
  return facts.all === undefined
    ? {
        name: "largest models",
        status: "warning",
        text,
        facts,
        fix: "There is too little free memory; close other programs.",
      }
    : { name: "largest models", status: "ok", text, facts };
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
