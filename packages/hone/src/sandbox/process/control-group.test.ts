import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hasControlGroups, openControlGroup } from "./control-group.ts";
import { groupParents } from "./group-folders.ts";

/** Whether a process is there, and no mere entry whose end its parent has not asked for. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe.skipIf(!hasControlGroups())("a control group, where this user may make one", () => {
  it("lets its processes start no more than its tasks", async () => {
    const group = openControlGroup({ tasks: 3, memoryBytes: 64 * 2 ** 20 })!;
    // The shell is one of the three.
    const script = "for i in 1 2 3 4 5; do sleep 1 & done; echo started; wait";
    const [command, given] = group.joining("/bin/sh", ["-c", script]);
    const { stdout, stderr, status } = spawnSync(command, given, { encoding: "utf8" });
    await group.close();
    expect(status).not.toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/fork/i);
  });

  it("ends what needs more memory, and says so", async () => {
    const group = openControlGroup({ tasks: 8, memoryBytes: 8 * 2 ** 20 })!;
    const [command, given] = group.joining("/bin/sh", ["-c", "head -c 40000000 /dev/zero | tail"]);
    expect(spawnSync(command, given, { stdio: "ignore" }).status).not.toBe(0);
    expect(group.hasEndedForMemory()).toBe(true);
    await group.close();
  });

  it("has a name that no other thread or container gives its own", async () => {
    const group = openControlGroup({ tasks: 8, memoryBytes: 64 * 2 ** 20 })!;
    const [, given] = group.joining("/bin/true", []);
    await group.close();
    expect(given.join(" ")).toMatch(/\/hone-[0-9a-f]{8}-[0-9a-f-]{27}\/cgroup\.procs /);
  });

  it("ends what is left in it", async () => {
    const group = openControlGroup({ tasks: 8, memoryBytes: 64 * 2 ** 20 })!;
    const [command, given] = group.joining("/bin/sh", [
      "-c",
      "sleep 300 > /dev/null 2>&1 & echo $!",
    ]);
    const pid = Number(spawnSync(command, given, { encoding: "utf8" }).stdout);
    expect(isRunning(pid)).toBe(true);
    await group.close();
    expect(isRunning(pid)).toBe(false);
  });
});

describe("the folders of control groups", () => {
  it("are beside this process and at the root in version 2", () => {
    const mounts =
      "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
    const own = "0::/user.slice/user-1000.slice/run.scope\n";
    const files = { memoryLimit: "memory.max", memoryEvents: "memory.events" };
    const beside = "/sys/fs/cgroup/user.slice/user-1000.slice";
    expect(groupParents(mounts, own)).toEqual([
      { pids: beside, memory: beside, ...files },
      { pids: "/sys/fs/cgroup", memory: "/sys/fs/cgroup", ...files },
    ]);
  });

  it("are one for each controller in version 1, and none without both", () => {
    const mounts = [
      "41 29 0:33 / /sys/fs/cgroup/cpu,memory rw - cgroup cgroup rw,cpu,memory",
      "42 29 0:34 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
    ];
    const own = "9:pids:/\n4:cpu,memory:/job:a\n";
    expect(groupParents(mounts.join("\n"), own)).toMatchObject([
      { pids: "/sys/fs/cgroup/pids", memory: "/sys/fs/cgroup/cpu,memory/job:a" },
    ]);
    expect(groupParents(mounts[1]!, own)).toEqual([]);
    expect(groupParents("", "")).toEqual([]);
  });
});
