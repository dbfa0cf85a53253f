/** How a script is started under bubblewrap, and whether that works on this machine. */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { workFolder } from "../work-path.ts";
import { hasControlGroups } from "./control-group.ts";

/** Folders of programs and libraries; on many systems links into /usr. */
const systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/** Namespaces of its own for everything: no network, no other processes, no mounts of the host but those named. */
const apart = [
  "--unshare-all",
  "--die-with-parent",
  "--new-session",
  "--cap-drop",
  "ALL",
  "--hostname",
  "sandbox",
  "--clearenv",
];

const environment = { PATH: "/usr/bin:/bin", HOME: workFolder, LANG: "C.UTF-8", TZ: "UTC" };

/** Arguments of bwrap up to the command: the system's programs to read, nothing else of the host. */
export function bubblewrapArguments(tmpBytes: number): string[] {
  const system = systemFolders.filter((path) => existsSync(path));
  return [
    ...apart,
    ...Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]),
    ...system.flatMap((path) =>
      lstatSync(path).isSymbolicLink()
        ? ["--symlink", readlinkSync(path), path]
        : ["--ro-bind", path, path],
    ),
    ...["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"],
    ...["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"],
    // Read-only, so that no setting of the kernel in /proc/sys can be written, whatever the user may do.
    ...["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"],
    ...["--size", String(tmpBytes), "--tmpfs", "/tmp"],
  ];
}

let known: { readonly problem: string | undefined } | undefined;

/**
 * Why scripts cannot run under bubblewrap here; undefined where they can. It is tried once.
 * @example bubblewrapProblem() // "bwrap is not installed"
 */
export function bubblewrapProblem(): string | undefined {
  known ??= { problem: tryBubblewrap() };
  return known.problem;
}

function tryBubblewrap(): string | undefined {
  if (process.platform !== "linux") return "bubblewrap is for Linux only";
  // Tried: such a script had twenty thousand processes before it was looked at again.
  if (process.getuid?.() === 0 && !hasControlGroups())
    return "this is root, whose processes the kernel limits in number only by control groups, and none can be made here: a script that forks on and on would stop the machine";
  const given = [...bubblewrapArguments(1024 * 1024), "/bin/sh", "-c", "exit 0"];
  const { error, status, stderr } = spawnSync("bwrap", given, { encoding: "utf8" });
  if (error !== undefined)
    return "code" in error && error.code === "ENOENT" ? "bwrap is not installed" : error.message;
  return status === 0 ? undefined : `bwrap fails: ${stderr.trim()}`;
}
