/** The runs that an earlier hone left in this folder, and the processor it computed them on. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

/** The checkout. */
export const root = join(import.meta.dirname, "../..");

/** Folder and configuration (`<name>.yaml`) → how it was started, and how many optimizer steps it did before SIGINT. */
export const runs = {
  math: { command: ["run", "math"], stoppedAfter: 450 },
  sft: { command: ["train", "sft"], stoppedAfter: 25 },
  grpo: { command: ["train", "grpo"], stoppedAfter: 3 },
} as const;

export type EarlierRun = keyof typeof runs;

/** Where a finished run keeps what it trained, below its folder. */
export const trainedWeights = (run: string): string =>
  run === "sft" ? "adapter/adapter_model.safetensors" : "model/model.safetensors";

/** What decides the last bits of a sum: the processor's name and its vector instructions. */
export function processor(): { readonly model: string; readonly vectors: readonly string[] } {
  const flags = /^flags\s*:(.*)$/m.exec(cpuFacts())?.[1]?.trim().split(" ") ?? [];
  const vectors = flags.filter((flag) => /^(?:avx|fma|amx)/.test(flag)).toSorted();
  return { model: cpus()[0]?.model.trim() ?? "unknown", vectors };
}

/** Empty where the system has no such file. */
function cpuFacts(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}
