/** Where control groups can be made: in version 2 one folder for all limits, in version 1 one for each controller. */
import { dirname, join, resolve } from "node:path";

/** The folders that groups are made in, and the names of the files that differ between the versions. */
export interface GroupFolders {
  readonly pids: string;
  readonly memory: string;
  readonly memoryLimit: string;
  /** Has a line `oom_kill N`. */
  readonly memoryEvents: string;
}

interface Mount {
  readonly folder: string;
  readonly type: string;
  readonly controllers: readonly string[];
}

/**
 * The folders to try, the best first. They may be missing, or not writable.
 * @param mounts  /proc/self/mountinfo
 * @param own  /proc/self/cgroup, the groups of this process
 */
export function groupParents(mounts: string, own: string): readonly GroupFolders[] {
  const all = mounts.split("\n").flatMap(mountOf);
  const version2 = all.find(({ type }) => type === "cgroup2");
  const { pids, memory } = {
    pids: folderOf("pids", all, own),
    memory: folderOf("memory", all, own),
  };
  return [
    ...(version2 === undefined ? [] : version2Folders(version2.folder, own)),
    ...(pids === undefined || memory === undefined
      ? []
      : [
          {
            ...{ pids, memory, memoryLimit: "memory.limit_in_bytes" },
            memoryEvents: "memory.oom_control",
          },
        ]),
  ];
}

/** Beside the group of this process, since a group with processes gives no limits to groups inside it; and at the root. */
function version2Folders(root: string, own: string): readonly GroupFolders[] {
  const path = pathOf(own, (line) => line.startsWith("0::"));
  const parents = new Set([join(root, dirname(path ?? "/")), root]);
  return [...parents].map((folder) => ({
    ...{ pids: folder, memory: folder, memoryLimit: "memory.max", memoryEvents: "memory.events" },
  }));
}

/** The group of this process in a controller of version 1. */
function folderOf(name: string, mounts: readonly Mount[], own: string): string | undefined {
  const mount = mounts.find(
    ({ type, controllers }) => type === "cgroup" && controllers.includes(name),
  );
  const path = pathOf(own, (line) => line.split(":")[1]?.split(",").includes(name) === true);
  return mount === undefined || path === undefined ? undefined : resolve(mount.folder, `.${path}`);
}

/** The path in the line of /proc/self/cgroup, such as `8:pids:/user`. */
const pathOf = (own: string, isOf: (line: string) => boolean): string | undefined =>
  own.split("\n").find(isOf)?.split(":").slice(2).join(":");

/** A line of mountinfo: `id parent device root FOLDER options … - TYPE source CONTROLLERS`. */
function mountOf(line: string): readonly Mount[] {
  const [before = "", after = ""] = line.split(" - ");
  const folder = before.split(" ")[4];
  const [type, , options = ""] = after.split(" ");
  return folder === undefined || type === undefined
    ? []
    : [{ folder, type, controllers: options.split(",") }];
}
