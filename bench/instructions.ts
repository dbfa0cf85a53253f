/** The instruction sets of the processor that decide how fast products are. */
import { readFileSync } from "node:fs";
import { arch } from "node:os";

/** What the processor can do. */
export interface Instructions {
  /** The widest one it has: "AVX-512", "AVX2", or the architecture where that is not known. */
  readonly name: string;
  /** Whether it multiplies bf16 by itself. Without that bf16 is emulated and says nothing; true where it is not known. */
  readonly hasBf16: boolean;
}

/** Reads /proc/cpuinfo of Linux. */
export function instructions(): Instructions {
  let flags: ReadonlySet<string>;
  try {
    const text = readFileSync("/proc/cpuinfo", "utf8");
    flags = new Set(/^(?:flags|Features)\s*:(.*)$/mu.exec(text)?.[1]?.trim().split(" "));
  } catch {
    return { name: arch(), hasBf16: true };
  }
  const name = flags.has("avx512f") ? "AVX-512" : flags.has("avx2") ? "AVX2" : arch();
  return { name, hasBf16: ["avx512_bf16", "amx_bf16", "bf16"].some((flag) => flags.has(flag)) };
}
