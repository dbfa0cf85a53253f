/** The files of one run's working folder, and what became of them. */
import type { SandboxLimits } from "../../ports/sandbox.ts";
import { maxPathLength, workPath } from "../work-path.ts";

type PackedFiles = readonly (readonly [path: string, base64: string])[];

/** Files by relative path, with the limits on their number and size. */
export class WorkFiles {
  readonly #given: ReadonlyMap<string, Uint8Array>;
  readonly #limits: Pick<SandboxLimits, "fileCount" | "fileBytes">;
  readonly #now: Map<string, Uint8Array>;
  #bytes: number;
  #tooMuch: string | undefined;

  constructor(given: PackedFiles, limits: Pick<SandboxLimits, "fileCount" | "fileBytes">) {
    this.#given = new Map(given.map(([path, base64]) => [path, Buffer.from(base64, "base64")]));
    this.#limits = limits;
    this.#now = new Map(this.#given);
    this.#bytes = [...this.#now.values()].reduce((sum, { length }) => sum + length, 0);
  }

  get(path: string): Uint8Array | undefined {
    return this.#now.get(path);
  }

  /** The paths of all files, in order. */
  paths(): readonly string[] {
    return [...this.#now.keys()].toSorted();
  }

  /** True where a file has its place below this path. */
  isFolder(path: string): boolean {
    return [...this.#now.keys()].some((name) => name.startsWith(`${path}/`));
  }

  /** Writes a file, unless a limit is in the way: then nothing is written, and the sentence that says so is returned. */
  write(path: string, bytes: Uint8Array): string | undefined {
    const before = this.#now.get(path);
    const count = this.#now.size + (before === undefined ? 1 : 0);
    const size = this.#bytes + bytes.length - (before?.length ?? 0);
    const { fileCount, fileBytes } = this.#limits;
    if (workPath(path) !== path)
      this.#tooMuch = `a file whose path has a null byte or more than ${maxPathLength} characters`;
    else if (count > fileCount) this.#tooMuch = `more than ${fileCount} files (limits.fileCount)`;
    else if (size > fileBytes)
      this.#tooMuch = `more than ${fileBytes} bytes of files (limits.fileBytes)`;
    else {
      this.#now.set(path, bytes);
      this.#bytes = size;
      return undefined;
    }
    return this.#tooMuch;
  }

  remove(path: string): boolean {
    this.#bytes -= this.#now.get(path)?.length ?? 0;
    return this.#now.delete(path);
  }

  /** Takes over all files at the end of a run, where the interpreter has a file system of its own. */
  replaceAll(files: Iterable<readonly [path: string, bytes: Uint8Array]>): void {
    this.#now.clear();
    this.#bytes = 0;
    for (const [path, bytes] of files) if (this.write(path, bytes) !== undefined) return;
  }

  /** Notes that the interpreter's own file system had no room for more. */
  refuse(): void {
    const { fileCount, fileBytes } = this.#limits;
    this.#tooMuch ??= `more than ${fileCount} files or ${fileBytes} bytes of them (limits.fileCount, limits.fileBytes)`;
  }

  /** The limit that was in the way of a file, in words. */
  tooMuch(): string | undefined {
    return this.#tooMuch;
  }

  /** New and changed files, and those that are gone. */
  changes(): { readonly files: PackedFiles; readonly removed: readonly string[] } {
    const files = [...this.#now]
      .filter(([path, bytes]) => {
        const before = this.#given.get(path);
        return before === undefined || Buffer.compare(before, bytes) !== 0;
      })
      .map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")] as const);
    return { files, removed: [...this.#given.keys()].filter((path) => !this.#now.has(path)) };
  }

  /** What is handed back of a run that a limit ended. */
  none(): { readonly files: PackedFiles; readonly removed: readonly string[] } {
    return { files: [], removed: [] };
  }
}
