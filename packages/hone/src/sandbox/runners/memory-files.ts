/** The working folder in Emscripten's file system in memory, with limits that hold while the program runs. */
import type { SandboxLimits } from "../../ports/sandbox.ts";
import { workFolder } from "../work-path.ts";
import type { WorkFiles } from "./work-files.ts";

/** A file or folder of Emscripten's file system in memory. */
interface FileNode {
  /** Of a file: its length. */
  readonly usedBytes?: number;
}

/** Writes a piece of `buffer` into an open file at `position`. */
type Write = (
  stream: { readonly node: FileNode },
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
  canOwn?: boolean,
) => number;

/** What is used of Emscripten's file systems. */
export interface EmscriptenFiles {
  mkdirTree(path: string): void;
  writeFile(path: string, bytes: Uint8Array): void;
  readFile(path: string): Uint8Array;
  readdir(path: string): string[];
  /** Of what a path leads to, through links. `ino` is the same for every path that leads there. */
  stat(path: string): { readonly mode: number; readonly ino: number };
  isDir(mode: number): boolean;
  isFile(mode: number): boolean;
  createDevice(folder: string, name: string, input: null, output: (byte: number) => void): void;
  readonly ErrnoError: new (errno: number) => Error;
  readonly filesystems: {
    readonly MEMFS: {
      createNode(...given: unknown[]): FileNode;
      /** Makes a file longer or shorter, as `truncate` asks. */
      resizeFileStorage(node: FileNode, size: number): void;
      /** What mapped memory is written back by. */
      readonly stream_ops: { write: Write };
      /** What open files are written by. */
      readonly ops_table: { readonly file: { readonly stream: { write: Write } } };
    };
  };
}

/** Emscripten's number for "no space left on device". */
const noSpace = 51;

/** Files and bytes that a program may have elsewhere, such as in /tmp, beside those of the working folder. */
const elsewhere = { files: 1_000, bytes: 16 * 1024 * 1024 };

export class MemoryFiles {
  readonly #fs: EmscriptenFiles;
  /** True once the program was refused a file or more bytes. */
  wasRefused = false;

  constructor(fs: EmscriptenFiles, limits: Pick<SandboxLimits, "fileCount" | "fileBytes">) {
    this.#fs = fs;
    this.#limit(limits);
  }

  /** Puts files into the working folder. */
  writeAll(files: WorkFiles): void {
    this.#fs.mkdirTree(workFolder);
    for (const path of files.paths()) {
      const full = `${workFolder}/${path}`;
      this.#fs.mkdirTree(full.slice(0, full.lastIndexOf("/")));
      this.#fs.writeFile(full, files.get(path)!);
    }
  }

  /** A file in /dev that takes lines. */
  makeDevice(name: string, take: (line: string) => void): void {
    let line = "";
    this.#fs.createDevice("/dev", name, null, (byte) => {
      if (byte !== 10) line += String.fromCharCode(byte);
      else {
        take(line);
        line = "";
      }
    });
  }

  /** All files of the working folder. Links are followed, which lead nowhere but into this file system. */
  *readAll(): Generator<readonly [path: string, bytes: Uint8Array]> {
    yield* this.#readFolder(workFolder, new Set([this.#fs.stat(workFolder).ino]));
  }

  /** @param above  the folder and those that it was reached through: a link to one of them would lead around for ever */
  *#readFolder(
    folder: string,
    above: ReadonlySet<number>,
  ): Generator<readonly [string, Uint8Array]> {
    for (const name of this.#fs.readdir(folder)) {
      if (name === "." || name === "..") continue;
      const path = `${folder}/${name}`;
      const stat = this.#statOf(path);
      if (stat === undefined) continue;
      const { mode, ino } = stat;
      if (this.#fs.isDir(mode) && !above.has(ino))
        yield* this.#readFolder(path, new Set([...above, ino]));
      else if (this.#fs.isFile(mode))
        yield [path.slice(workFolder.length + 1), this.#fs.readFile(path).slice()];
    }
  }

  /** Undefined for a link that leads nowhere. */
  #statOf(path: string): ReturnType<EmscriptenFiles["stat"]> | undefined {
    try {
      return this.#fs.stat(path);
    } catch {
      return undefined;
    }
  }

  /** A file that is removed gives nothing back, so that what is kept of a loop that writes and removes is bounded, too. */
  #limit({ fileCount, fileBytes }: Pick<SandboxLimits, "fileCount" | "fileBytes">): void {
    const { MEMFS } = this.#fs.filesystems;
    const refuse = (): never => {
      this.wasRefused = true;
      throw new this.#fs.ErrnoError(noSpace);
    };
    let [files, bytes] = [0, 0];
    const createNode = MEMFS.createNode.bind(MEMFS);
    const resizeFileStorage = MEMFS.resizeFileStorage.bind(MEMFS);
    const { write } = MEMFS.stream_ops;
    const grow = ({ usedBytes = 0 }: FileNode, end: number): void => {
      bytes += Math.max(0, end - usedBytes);
      if (bytes > 2 * fileBytes + elsewhere.bytes) refuse();
    };
    MEMFS.createNode = (...given) => {
      if (++files > 2 * fileCount + elsewhere.files) refuse();
      return createNode(...given);
    };
    MEMFS.resizeFileStorage = (node, size) => {
      grow(node, size);
      resizeFileStorage(node, size);
    };
    const limitedWrite: Write = (stream, buffer, offset, length, position, canOwn) => {
      grow(stream.node, position + length);
      return write(stream, buffer, offset, length, position, canOwn);
    };
    MEMFS.stream_ops.write = limitedWrite;
    MEMFS.ops_table.file.stream.write = limitedWrite;
  }
}
