/**
 * Control groups of Linux: limits on all processes of a script together, which the kernel keeps. They are used where this process may make
 * them, usually as root, or as a user to whom systemd delegated a part of the tree.
 */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type GroupFolders, groupParents } from "./group-folders.ts";

/** What the processes of a group may have together. */
export interface GroupLimits {
  /** Processes and threads. */
  readonly tasks: number;
  readonly memoryBytes: number;
}

/** A group that processes can join. */
export interface ControlGroup {
  /** The command that joins the group and then becomes the given one. */
  joining(command: string, given: readonly string[]): readonly [string, readonly string[]];
  /** Whether the kernel ended a process because the group had no memory left. */
  hasEndedForMemory(): boolean;
  /** Ends what is left in the group, and removes it. */
  close(): Promise<void>;
}

/** Joins the groups whose files stand before "--", and becomes what stands behind it. */
const joinScript =
  'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"';

/**
 * Makes a group with its limits; undefined where groups cannot be made.
 * @throws the system's error where one cannot be made although others could before
 */
export function openControlGroup(limits: GroupLimits): ControlGroup | undefined {
  const parents = usableParents();
  return parents === undefined ? undefined : makeGroup(parents, limits);
}

/** Whether groups can be made and joined here. It is tried once. */
export const hasControlGroups = (): boolean => usableParents() !== undefined;

let known: { readonly parents: GroupFolders | undefined } | undefined;

function usableParents(): GroupFolders | undefined {
  known ??= { parents: process.platform === "linux" ? findParents() : undefined };
  return known.parents;
}

const findParents = (): GroupFolders | undefined =>
  groupParents(textOf("/proc/self/mountinfo"), textOf("/proc/self/cgroup")).find(isUsable);

/** Whether a process can join a group below the folders. */
function isUsable(parents: GroupFolders): boolean {
  let group: (ControlGroup & { remove(): boolean }) | undefined;
  try {
    group = makeGroup(parents, { tasks: 8, memoryBytes: 64 * 2 ** 20 });
    const [command, given] = group.joining("/bin/true", []);
    return spawnSync(command, given, { stdio: "ignore" }).status === 0;
  } catch {
    return false;
  } finally {
    group?.remove();
  }
}

function makeGroup(parents: GroupFolders, { tasks, memoryBytes }: GroupLimits) {
  // Threads and containers count their processes and groups alike, and may share the folders.
  const name = `hone-${randomUUID()}`;
  const pids = join(parents.pids, name);
  const memory = join(parents.memory, name);
  const folders = [...new Set([pids, memory])];
  const made: string[] = [];
  const remove = (): boolean => made.map(removed).every(Boolean);
  try {
    for (const folder of folders) {
      mkdirSync(folder);
      made.push(folder);
    }
    writeFileSync(join(pids, "pids.max"), String(tasks));
    writeFileSync(join(memory, parents.memoryLimit), String(memoryBytes));
    refuseSwap(join(memory, "memory.swap.max"));
  } catch (error) {
    remove();
    throw error;
  }
  const group: ControlGroup = {
    joining: (command, given) => {
      const files = folders.map((folder) => join(folder, "cgroup.procs"));
      return ["/bin/sh", ["-c", joinScript, "sh", ...files, "--", command, ...given]];
    },
    hasEndedForMemory: () => /^oom_kill [1-9]/m.test(textOf(join(memory, parents.memoryEvents))),
    close: async () => {
      // Processes that were ended leave a group only after some ms.
      for (let tries = 0; tries < 100 && !remove(); tries++) {
        for (const pid of textOf(join(pids, "cgroup.procs")).split("\n").filter(Boolean))
          endProcess(Number(pid));
        await setTimeout(10);
      }
    },
  };
  return { ...group, remove };
}

/** Without this the group's memory would go on growing on the disk. Version 1 has no such file, nor a kernel without swap. */
function refuseSwap(file: string): void {
  if (existsSync(file)) writeFileSync(file, "0");
}

/** Whether the folder is gone. */
function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT";
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
