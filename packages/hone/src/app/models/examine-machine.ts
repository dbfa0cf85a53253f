/** What this machine can do with hone, what is wrong with it, and how to mend that. */
import { access, constants, statfs } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { cacheFolder } from "../../engine/hub/hub-settings.ts";
import { WorkerClient } from "../../engine/calls/worker-client.ts";
import { modelSizes } from "../../engine/model-files/model-sizes.ts";

export interface Finding {
  readonly name: string;
  /** "problem": hone cannot work; "warning": it works, but not well. */
  readonly status: "ok" | "warning" | "problem";
  readonly text: string;
  /** What to do, for anything but "ok". */
  readonly fix?: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface DoctorOptions {
  readonly threads?: number;
  /** How long matrix products are measured. Default 2. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

/** Gigabytes below which there is a warning. */
const LEAST_MEMORY = 2;
const LEAST_DISK = 2;
/** A product that reaches less than this per thread points to something wrong, such as a busy machine. */
const LEAST_SPEED = 10;
const SIZE = 1024;

/** Examines the machine, finding by finding. */
export async function* examine(options: DoctorOptions = {}): AsyncGenerator<Finding, void> {
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
  return free >= LEAST_MEMORY * 1e9
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
    return free >= LEAST_DISK * 1e9
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

/** The folder itself or the nearest one above it that exists. */
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

/** Loads ONNX Runtime and measures products of f32 matrices. */
async function speedFinding(options: DoctorOptions): Promise<Finding> {
  const { threads = Math.min(8, availableParallelism()), seconds = 2, signal } = options;
  const name = "engine";
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const url = new URL(`../../engine/worker/benchmark-worker.${extension}`, import.meta.url);
  const worker = new WorkerClient(url, { threads });
  try {
    const speed = await worker.call<number>("measure", { size: SIZE, seconds }, { signal });
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "the doctor" });
    const text = `onnxruntime-node loads; ${Math.round(speed)} GFLOP/s on ${threads} threads (f32, ${SIZE} × ${SIZE})`;
    const facts = { gflops: speed, threads, size: SIZE };
    return speed >= LEAST_SPEED * threads
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
  } finally {
    await worker.close();
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
