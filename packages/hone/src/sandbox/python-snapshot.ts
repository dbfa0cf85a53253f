/**
 * The snapshot that Python's interpreters begin with: Pyodide loaded, with the modules that programs import most. Making it takes
 * some seconds, so that it is kept in the user's cache for each version of Pyodide and of hone.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { HoneError, messageOf } from "../core/errors.ts";
import type { RunnerCommand } from "./pool/runner-process.ts";
import { replyPipe } from "./runners/messages.ts";
import { installHarness, pythonHarness } from "./runners/python-harness.ts";
import { pythonSettings } from "./runners/python-settings.ts";

/** Making a snapshot may take that long, also on a busy machine. */
const makeMs = 120_000;

/** A file with a snapshot. */
export interface SnapshotFile {
  readonly path: string;
  /** Removes it where it could not be kept in the cache. */
  readonly clean: () => void;
}

/**
 * Tells snapshots apart by what they are made of: Pyodide, Node's WebAssembly, and what hone adds.
 * @param version   of Pyodide
 * @param settings  what Pyodide is loaded with
 */
export function snapshotName(version: string, settings: object = pythonSettings): string {
  const parts = JSON.stringify([pythonHarness, installHarness, settings]);
  const own = createHash("sha256").update(parts).digest("hex").slice(0, 12);
  return `pyodide-${version}-node-${process.versions.node}-${own}.snapshot`;
}

const digestBytes = 32;

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/**
 * The snapshot of the cache, or a new one.
 *
 * @param path     of the snapshot in the cache
 * @param command  starts what makes a snapshot and writes it to the pipe of replies
 * @param signal   ends that process
 * @throws SANDBOX_CRASHED
 */
export async function pythonSnapshot(
  path: string,
  command: RunnerCommand,
  signal: AbortSignal,
): Promise<SnapshotFile> {
  if (isWhole(path)) return { path, clean: () => {} };
  const snapshot = await makeSnapshot(command, signal);
  const content = Buffer.concat([sha256(snapshot), snapshot]);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, path);
    return { path, clean: () => {} };
  } catch {
    // A cache that cannot be written: the file lives as long as the sandbox.
    const own = mkdtempSync(join(tmpdir(), "hone-sandbox-"));
    const file = join(own, basename(path));
    writeFileSync(file, content, { mode: 0o600 });
    return { path: file, clean: () => rmSync(own, { recursive: true, force: true }) };
  }
}

function isWhole(path: string): boolean {
  try {
    const content = readFileSync(path);
    return sha256(content.subarray(digestBytes)).equals(content.subarray(0, digestBytes));
  } catch {
    return false;
  }
}

async function makeSnapshot(
  { program, arguments: given, env }: RunnerCommand,
  signal: AbortSignal,
): Promise<Buffer> {
  const fail = (problem: string) =>
    new HoneError("SANDBOX_CRASHED", { sandbox: "pyodide", problem });
  const child = spawn(program, given, {
    env,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    signal,
    timeout: makeMs,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  let said = "";
  child
    .stderr!.setEncoding("utf8")
    .on("data", (text: string) => (said = (said + text).slice(-4_000)));
  const pieces: Buffer[] = [];
  const pipe = child.stdio[replyPipe];
  if (pipe instanceof Readable) pipe.on("data", (piece: Buffer) => void pieces.push(piece));
  // Null where it was killed.
  let code: number | null;
  try {
    code = await ended;
  } catch (error) {
    throw fail(messageOf(error));
  }
  if (code === null) throw fail(`Python was not ready within ${makeMs} ms`);
  if (code !== 0) throw fail(`Python could not be made ready: ${said.trim()}`);
  return Buffer.concat(pieces);
}
