import { describe, expect } from "vitest";
import {
  type Attempt,
  describeAttempts,
  memoryLimit,
  soon,
  timeLimit,
} from "../../../../test/doubles/sandbox-attempts.ts";
import { sandboxContract } from "../testing/sandbox-contract.ts";
import { processSandbox } from "./process-sandbox.ts";
import { bubblewrapProblem } from "./process/bubblewrap.ts";

const fine = { exitCode: 0 };

const attempts: readonly Attempt[] = [
  {
    title: "reads files of the host",
    code: "cat /etc/passwd /etc/shadow /root/.bashrc /home/*/.ssh/* /work/../etc/hostname 2>/dev/null; true",
    expected: { ...fine, stdout: "" },
  },
  {
    title: "sees the environment of the host",
    code: "env | grep -c HONE; cat /proc/*/environ | tr '\\0' '\\n' | grep -c HONE; true",
    expected: { ...fine, stdout: "0\n0\n" },
  },
  {
    title: "sees or ends other processes",
    code: "ls -d /proc/[0-9]* | wc -l | awk '{ print ($1 < 10) }'; kill -9 -1; echo never",
    expected: { exitCode: expect.any(Number) },
  },
  {
    title: "writes into the system",
    code: "for path in /usr/x /bin/x /etc/x/y /proc/sys/kernel/hostname /proc/self/oom_score_adj /script; do (echo x > $path) 2>/dev/null && echo $path; done; true",
    expected: { ...fine, stdout: "", files: {} },
  },
  {
    title: "changes settings of the kernel",
    code: "for path in /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches /proc/sysrq-trigger; do [ -w $path ] && echo $path; done; true",
    expected: { ...fine, stdout: "" },
  },
  {
    title: "sees the host's /tmp",
    code: "ls -A /tmp | wc -l",
    expected: { ...fine, stdout: "0\n" },
  },
  {
    title: "has a network",
    code: "tail -n +3 /proc/net/dev | grep -v ' *lo:' | wc -l; cat /proc/net/route | tail -n +2 | wc -l",
    expected: { ...fine, stdout: "0\n0\n" },
  },
  {
    title: "mounts, or makes namespaces with rights",
    code: "mount -t tmpfs x /mnt 2>/dev/null && echo mounted; mount --bind /usr /work 2>/dev/null && echo bound; true",
    expected: { ...fine, stdout: "" },
  },
  {
    title: "has capabilities",
    code: "grep -c '^CapEff:.0000000000000000$' /proc/self/status",
    expected: { ...fine, stdout: "1\n" },
  },
  {
    title: "links to a file of the host",
    code: "ln -s /etc/passwd out; ln -s / root",
    expected: { ...fine, files: {} },
  },
  {
    title: "leaves a process behind that ignores signals",
    code: "(trap '' TERM HUP INT; while :; do sleep 0.01; done) & sleep 60",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "writes without an end",
    code: "yes",
    // In 200 ms a busy machine did not write as much as is expected below.
    given: { limits: { timeMs: 2_000, outputBytes: 100_000 } },
    expected: timeLimit,
    check: ({ stdout, cut }) => {
      expect(stdout).toHaveLength(100_000);
      expect(cut.stdout).toBeGreaterThan(500_000);
    },
  },
  {
    title: "writes a file without an end",
    code: "cat /dev/zero > large",
    given: { limits: { fileBytes: 1_000_000 } },
    expected: { failure: { kind: "limit", limit: "files" }, files: {} },
  },
  {
    title: "takes memory in many processes",
    code: "for i in 1 2 3 4; do (head -c 40000000 /dev/zero | tail -c 40000000 > /dev/null; sleep 60) & (sleep 1 | tail -c 60000000) & done; x=0123456789; while :; do x=$x$x; done",
    expected: memoryLimit,
  },
];

const problem = bubblewrapProblem();
const isAbsent = problem !== undefined;
describe.skipIf(isAbsent)(`on this machine ${isAbsent ? `(${problem})` : ""}`, () => {
  sandboxContract("bubblewrap", { open: (limits) => processSandbox({ limits, size: 2 }) });
  describeAttempts(
    "bubblewrap",
    () => processSandbox({ limits: { timeMs: 60_000, memoryMb: 64 } }),
    { attempts, harmless: "echo $((1 + 1))" },
  );
});
