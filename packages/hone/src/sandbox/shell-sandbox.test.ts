import { expect } from "vitest";
import {
  type Attempt,
  describeAttempts,
  soon,
  timeLimit,
} from "../../../../test/doubles/sandbox-attempts.ts";
import { sandboxContract } from "../testing/sandbox-contract.ts";
import { shellSandbox } from "./shell-sandbox.ts";

sandboxContract("just-bash", {
  open: (limits) => shellSandbox({ limits, size: 2 }),
  skip: { "U+FFFD": "just-bash keeps a byte above 127 as the character of that number" },
});

const fine = { exitCode: 0 };
const absent = (name: string): Attempt => ({
  title: `calls ${name}`,
  code: `${name} http://127.0.0.1/`,
  expected: { exitCode: 127, stderr: expect.stringContaining("command not found") },
});

const attempts: readonly Attempt[] = [
  ...["curl", "wget", "nc", "ssh", "node", "sudo", "mount"].map(absent),
  {
    title: "runs Python or JavaScript",
    code: "python3 -c 'print(1)' || js-exec -c 'console.log(1)' || true",
    expected: { ...fine, stdout: "" },
  },
  {
    title: "opens a connection by /dev/tcp",
    code: "cat < /dev/tcp/127.0.0.1/80; echo x > /dev/tcp/127.0.0.1/80; true",
    expected: { ...fine, stdout: "" },
  },
  ...[
    "/etc/passwd",
    "../../etc/passwd",
    "/proc/self/environ",
    "/proc/1/environ",
    "/root/.ssh/id_rsa",
  ].map((path): Attempt => ({
    title: `reads ${path}`,
    code: `cat ${path}`,
    expected: { exitCode: 1, stdout: "", stderr: expect.stringContaining("No such file") },
  })),
  {
    title: "follows a link out",
    code: "ln -s /etc/passwd link; ln -s / root; cat link root/etc/passwd",
    expected: { exitCode: 1, stdout: "", files: {} },
  },
  {
    title: "sees the environment of the host",
    code: "env | grep -c HONE; printenv HONE_TEST_SECRET; echo $HONE_TEST_SECRET",
    expected: { ...fine, stdout: "0\n\n" },
  },
  {
    title: "writes outside of the working folder",
    code: "mkdir -p /etc; echo x > /etc/passwd; echo x > ../outside; cd /; echo x > y; ls /work",
    expected: { ...fine, stdout: "", files: {} },
  },
  {
    title: "loops in awk",
    code: "awk 'BEGIN { while (1) x++ }'",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "loops and ignores signals",
    code: "trap '' INT TERM EXIT; while :; do :; done",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "calls itself without an end",
    code: "f() { f; }; f",
    expected: { exitCode: 126, failure: { kind: "exit" } },
  },
  {
    title: "forks without an end",
    code: ":() { : | : & }; :",
    expected: { exitCode: expect.any(Number) },
  },
  {
    title: "leaves a background job",
    code: "(sleep 1000; echo late) & echo now",
    expected: { stdout: expect.stringContaining("now") },
  },
  {
    title: "expands braces without an end",
    code: "echo {1..100000}{1..100000}",
    expected: { exitCode: expect.any(Number) },
    check: ({ exitCode, stdout }) =>
      expect(exitCode === 0 ? stdout.length < 400_000 : true).toBe(true),
  },
  {
    title: "writes a large file",
    code: "x=$(printf 'x%.0s' $(seq 1000)); for i in $(seq 11); do x=$x$x; done; echo $x > large",
    given: { limits: { fileBytes: 1_000_000 } },
    expected: { failure: { kind: "limit", limit: "files" }, files: {} },
  },
  {
    title: "writes a file with a path of thousands of characters",
    code: `echo x > ${"y".repeat(5_000)}`,
    expected: { failure: { kind: "limit", limit: "files" }, files: {} },
  },
  {
    title: "puts keys of prototypes into names",
    code: "__proto__=1; declare -A a; a[__proto__]=x; a[constructor]=y; echo ${a[constructor]}; echo z > __proto__",
    expected: { ...fine, stdout: "y\n" },
    check: ({ files }) => expect(Object.keys(files)).toEqual(["__proto__"]),
  },
  {
    title: "matches a catastrophic regular expression",
    code: "x=$(printf 'a%.0s' $(seq 60))b; echo $x | grep -E '^(a+)+$'; echo $x | sed -E 's/^(a|aa)+$//' | wc -l",
    expected: { ...fine },
  },
];

describeAttempts(
  "just-bash",
  () => shellSandbox({ limits: { timeMs: 60_000, memoryMb: 64 }, size: 1 }),
  { attempts, harmless: "echo $((1 + 1))" },
);
