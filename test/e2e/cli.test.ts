/** The command `hone` as users start it: a process, its output, its exit code. */
import { execFile, spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bin } from "../doubles/own-code.ts";
import { commandLine, type Ended } from "../doubles/command-line.ts";

const repository = join(import.meta.dirname, "../..");
const golden = join(repository, "test/golden/models/qwen2");

interface RunOptions {
  readonly input?: string;
  /** Called with all of stdout so far; to press Ctrl-C at the right moment. */
  readonly onOutput?: (stdout: string, interrupt: () => void) => void;
  /** The same with stderr. */
  readonly onError?: (stderr: string, interrupt: () => void) => void;
  readonly environment?: Readonly<Record<string, string>>;
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-cli-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const offlineHub = (): Readonly<Record<string, string>> => ({
  HF_HOME: join(root, "hub"),
  HF_HUB_OFFLINE: "1",
});

/** A command of which the process itself is not asked. */
const hone = (words: readonly string[], input = ""): Promise<Ended> =>
  commandLine(words, { folder: root, input, environment: offlineHub() });

/** The program `hone` in a process of its own. */
function startHone(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const env = { ...process.env, ...offlineHub(), ...options.environment };
  const child = spawn(process.execPath, [bin, ...words], { cwd: root, env });
  let [stdout, stderr] = ["", ""];
  const interrupt = (): void => void child.kill("SIGINT");
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    options.onOutput?.(stdout, interrupt);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    options.onError?.(stderr, interrupt);
  });
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Does something the first time that the output holds a text. */
function onceAt(
  mark: string,
  action: (interrupt: () => void) => void,
): NonNullable<RunOptions["onOutput"]> {
  let isDone = false;
  return (stdout, interrupt) => {
    if (isDone || !stdout.includes(mark)) return;
    isDone = true;
    action(interrupt);
  };
}

const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("hone", () => {
  it("prints help and its version and ends with 0", async () => {
    const [help, version, json] = await Promise.all([
      startHone(["--help"]),
      hone(["--version"]),
      hone(["--version", "--json"]),
    ]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("Exit codes: 0 done, 1 failed, 2 wrong usage, 130");
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(JSON.parse(json.stdout)).toEqual({ version: version.stdout.trim() });
  });

  it("loads no native code for help", async () => {
    const environment = { NODE_DEBUG: "module" };
    const { stderr } = await startHone(["chat", "--help"], { environment });
    expect(stderr).not.toMatch(/onnxruntime/);
  });

  it("ends with 2 after wrong usage, and says on stderr what was meant", async () => {
    const [command, option, missing, value] = await Promise.all([
      startHone(["modle", "show"]),
      hone(["chat", golden, "--temprature", "1"]),
      hone(["model", "merge", golden]),
      hone(["run", "math", "--level", "9"]),
    ]);
    expect([command, option, missing, value].map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    expect([command, option, missing, value].map(({ stdout }) => stdout)).toEqual(["", "", "", ""]);
    expect(command.stderr).toBe(
      'COMMAND_UNKNOWN: hone has no command "modle".\n  → Did you mean `npx hone model show`? `npx hone --help` lists every command.\n',
    );
    expect(option.stderr).toMatch(/^USAGE_INVALID: npx hone chat: unknown option '--temprature'/);
    expect(missing.stderr).toMatch(/required option '--out <folder>' not specified/);
    expect(value.stderr).toMatch(/^CONFIG_INVALID: --level: expected a level from 1 to 5, got 9\./);
  });

  it("names an unknown key of a config file with line and column, with --json also as JSON", async () => {
    await writeFile(join(root, "run.yaml"), "seed: 1\nsftStep: 3\n");
    const { code, stdout, stderr } = await hone(["run", "math", "--config", "run.yaml", "--json"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^CONFIG_UNKNOWN_KEY: run\.yaml:2:1 has the unknown key "sftStep"\./);
    const [line] = jsonLines(stdout);
    expect(line).toMatchObject({
      error: { code: "CONFIG_UNKNOWN_KEY", facts: { key: "sftStep", line: 2, column: 1 } },
    });
  });

  it("ends with 1 when something failed", async () => {
    const { code, stderr } = await hone(["chat", "no-such-model"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^MODEL_NOT_FOUND: The model "no-such-model" was not found/);
  });
});

describe("hone model", () => {
  it("makes, shows and refuses to overwrite a model; the model talks", async () => {
    await writeFile(
      join(root, "notes.txt"),
      "three times x plus seven equals sixteen\n".repeat(20),
    );
    const words = [
      "model",
      "new",
      "tiny",
      "--text",
      "notes.txt",
      "--layers",
      "1",
      "--width",
      "32",
      "--vocabulary",
      "280",
    ];
    const made = await hone([...words, "--json"]);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const [facts] = jsonLines(made.stdout);
    expect(facts).toMatchObject({ folder: "tiny", vocabularySize: 280 });

    const [shown, again, talk] = await Promise.all([
      hone(["model", "show", "tiny", "--json"]),
      hone(words),
      hone(["chat", "tiny", "--max-tokens", "4"], "x\n"),
    ]);
    expect(jsonLines(shown.stdout).at(-1)).toMatchObject({
      parameterCount: facts!["parameterCount"],
      hasChatTemplate: true,
    });
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/^MODEL_FOLDER_EXISTS/);
    expect(talk.code).toBe(0);
  });

  it("merges an adapter so that it talks as base and adapter do together", async () => {
    const adapter = join(golden, "adapter-all");
    const merged = await hone(["model", "merge", golden, "--adapter", adapter, "--out", "merged"]);
    expect(merged).toMatchObject({ code: 0, stderr: "" });
    const words = ["--temperature", "0", "--max-tokens", "12", "--json"];
    const [together, apart, base] = await Promise.all([
      hone(["chat", "merged", ...words], "hello\n"),
      hone(["chat", golden, "--adapter", adapter, ...words], "hello\n"),
      hone(["chat", golden, ...words], "hello\n"),
    ]);
    const said = ({ stdout }: Ended): unknown => jsonLines(stdout)[0]!["text"];
    expect(said(together)).toBe(said(apart));
    expect(said(together)).not.toBe(said(base));
  });
});

describe("hone chat in a pipe", () => {
  it("answers every line with one reply, remembers until /reset and ends at /exit", async () => {
    const words = ["chat", golden, "--temperature", "0", "--max-tokens", "6", "--json"];
    const input = "hello\nhello\n/reset\nhello\n/exit\nnever\n";
    const { code, stdout } = await hone(words, input);
    expect(code).toBe(0);
    const replies = jsonLines(stdout);
    expect(replies).toHaveLength(3);
    expect(replies[2]!["text"]).toBe(replies[0]!["text"]);
    expect(replies.map((reply) => reply["event"])).toEqual(["reply", "reply", "reply"]);
  });

  it("ends with 130 after Ctrl-C while it waits", async () => {
    const words = [bin, "chat", golden, "--max-tokens", "2", "--json"];
    const child = spawn(process.execPath, words, { cwd: root });
    child.stdin.write("hello\n");
    // The event of a reply comes when the reply is whole. Before that, Ctrl-C only stops the reply.
    const press = onceAt('"event":"reply"', (interrupt) => interrupt());
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      press(stdout, () => child.kill("SIGINT"));
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
  });
});

describe("hone run math", () => {
  const small = [
    ["--train-tasks", "20"],
    ["--test-tasks", "4"],
    ["--layers", "1"],
    ["--width", "32"],
    ["--sft-batch-size", "4"],
    ["--group-size", "2"],
    ["--groups-per-step", "2"],
    ["--max-actions", "2"],
    ["--threads", "1"],
    // A thread of its own that stores them costs more than such a run.
    ["--keep-rollouts", "none"],
  ].flat();

  it("stops at Ctrl-C with 130, is listed as stopped, and goes on with --resume", async () => {
    const words = [
      "run",
      "math",
      ...small,
      "--sft-steps",
      "100",
      "--grpo-steps",
      "1",
      "--out",
      "runs/math-7f3a",
      "--json",
    ];
    const stopped = await startHone(words, {
      onOutput: onceAt('"step":5,', (interrupt) => interrupt()),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(
      /^HELD_OUT_FEW: [^:]*: [^:]*\nstopping; Ctrl-C again ends at once\n$/,
    );
    expect(jsonLines(stopped.stdout).at(-1)).toMatchObject({ stopped: { phase: "sft" } });

    const list = await hone(["runs", "list"]);
    expect(list.stdout).toMatch(/math-7f3a +stopped/);
    const talk = await hone(["chat", "7f3a", "--max-tokens", "2"], "x\n");
    expect(talk).toMatchObject({ code: 0, stderr: "" });

    const changed = await hone(["run", "math", "--resume", "7f3a", "--level", "2"]);
    expect(changed).toMatchObject({ code: 1 });
    expect(changed.stderr).toMatch(/^RUN_CONFIG_CHANGED: .*level: 1 → 2/);

    const resumed = await hone(["run", "math", "--resume", "7f3a", "--threads", "1", "--json"]);
    expect(resumed.code).toBe(0);
    const result = jsonLines(resumed.stdout).at(-1)!;
    for (const key of ["before", "after", "difference"]) {
      expect(result[key]).toMatchObject({ success: { low: expect.any(Number) as number } });
    }
    expect(result).toMatchObject({
      seconds: expect.any(Number) as number,
      checkpoint: expect.stringMatching(/model$/) as string,
    });

    const measured = await hone(["eval", "7f3a", "--tasks", "4", "--max-actions", "2", "--json"]);
    expect(measured.code).toBe(0);
    expect(jsonLines(measured.stdout).at(-1)).toMatchObject({ taskCount: 4, mode: "greedy" });
    // It was named by the end of its name, and is kept by all of it.
    const listed = await hone(["evals", "list", "--json"]);
    expect(jsonLines(listed.stdout)[0]).toMatchObject({ kind: "evaluation", model: "math-7f3a" });
  });

  it("saves and ends when nobody reads its output any more", async () => {
    const command = `"${process.execPath}" "${bin}" run math ${small.join(" ")} --out unread --json | head -9`;
    await promisify(execFile)("sh", ["-c", command], { cwd: root });
    const latest = await readFile(join(root, "unread/checkpoints/latest.json"), "utf8");
    expect(latest).toMatch(/sft-step-0000\d\d/);
  });

  it("ends at once at the second Ctrl-C, with 130 and no core dump, while products run", async () => {
    // One step of so many rows takes half a minute or more, and nothing here waits for its end.
    const words = [
      "--level",
      "3",
      "--train-tasks",
      "2000",
      "--sft-batch-size",
      "2000",
      "--test-tasks",
      "2",
    ];
    let press: (() => void) | undefined;
    const { code, stdout } = await startHone(
      ["run", "math", ...words, "--out", "twice", "--json"],
      {
        // A second later products run.
        onOutput: onceAt('"event":"phase"', (interrupt) => {
          press = interrupt;
          setTimeout(interrupt, 1000);
        }),
        // Within 100 ms of the first, the second press would be the same press, arriving twice.
        onError: onceAt("Ctrl-C again ends at once", () => setTimeout(() => press?.(), 150)),
      },
    );
    expect(code).toBe(130);
    expect(stdout).toContain('"event":"phase"');
    expect(stdout).not.toMatch(/"event":"step"|"stopped"/);
  });

  it("trains with sft and grpo from the settings of a file", async () => {
    await cp(golden, join(root, "base"), { recursive: true });
    const yaml =
      "model: base\nsteps: 2\ntrainTasks: 6\ntestTasks: 2\nmaxActions: 2\nprompt: compact\nmaxTokens: 4\nkeepRollouts: none\n";
    await writeFile(join(root, "train.yaml"), yaml);
    const words = ["--config", "train.yaml", "--seed", "1", "--threads", "1", "--json"];
    const sft = await hone(["train", "sft", ...words, "--batch-size", "2", "--out", "runs/sft-1"]);
    expect(sft.stderr).toMatch(/^HELD_OUT_FEW: 2 held-out tasks are too few .* ±0\.41\. .*\n$/);
    expect(jsonLines(sft.stdout).at(-1)).toMatchObject({
      checkpoint: expect.stringMatching(/adapter$/) as string,
    });
    const grpo = await hone([
      "train",
      "grpo",
      ...words,
      "--model",
      "runs/sft-1",
      "--group-size",
      "2",
      "--groups-per-step",
      "1",
      "--out",
      "runs/grpo-1",
    ]);
    expect(grpo.code).toBe(0);

    const exported = await hone([
      "adapter",
      "export",
      "runs/sft-1",
      "--out",
      "adapter",
      "--base",
      "organisation/name",
    ]);
    expect(exported).toMatchObject({ code: 0, stderr: "" });
    await expectNoWayBack("runs/sft-1");
    const compared = await hone(["runs", "compare", "sft-1", "grpo-1"]);
    expect(compared.stdout).toMatch(/^setting +sft-1 +grpo-1$/m);
    expect(compared.stdout).toMatch(/^model +base +runs\/sft-1$/m);
    expect(compared.stdout).not.toContain("clipLow");
    // The paths that a run prints name it, too.
    const shown = await hone(["runs", "show", "runs/grpo-1/report.md"]);
    expect(shown.stdout).toMatch(/^grpo-1\n/);
    const deleted = await hone(["runs", "delete", "sft-1", "none"]);
    expect(deleted.stderr).toMatch(/^RUN_NOT_FOUND: There is no run "none"/);
    const unasked = await hone(["runs", "delete", "runs/sft-1"]);
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.stderr).toContain("runs/sft-1 would be deleted; say so with --yes");
    expect((await hone(["runs", "delete", "sft-1", "--yes"])).stdout).toBe("deleted sft-1\n");
    expect((await hone(["runs", "show", "sft-1"])).code).toBe(1);
  });
});

/** A finished run of SFT is not trained again, not lengthened, and not gone on with by GRPO; each time the way is named. */
async function expectNoWayBack(run: string): Promise<void> {
  const files = (): string => {
    const names = readdirSync(join(root, run), { recursive: true, encoding: "utf8" }).toSorted();
    const time = (name: string): number => statSync(join(root, run, name)).mtimeMs;
    return names.map((name) => `${name} ${time(name)}`).join("\n");
  };
  const before = files();
  const [finished, json, longer, other] = await Promise.all([
    hone(["train", "sft", "--resume", run]),
    hone(["train", "sft", "--resume", run, "--json"]),
    hone(["train", "sft", "--resume", run, "--steps", "3"]),
    hone(["train", "grpo", "--resume", run]),
  ]);
  expect(finished).toMatchObject({ code: 0, stderr: "" });
  expect(finished.stdout).not.toContain("✓");
  expect(finished.stdout).toMatch(/runs\/sft-1 is finished already: sft 2 of 2 steps/);
  expect(finished.stdout).toContain(" (2 tasks: too few to say)\n");
  expect(finished.stdout).toMatch(/→ runs\/sft-1\/report\.md\n/);
  expect(finished.stdout).toMatch(/further: npx hone train sft --model runs\/sft-1 .*--steps 2/);
  expect(jsonLines(json.stdout).at(-1)).toMatchObject({
    finished: [{ name: "sft", steps: 2 }],
    report: join(root, run, "report.md"),
  });
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(
    /^RUN_OF_ANOTHER_COMMAND: runs\/sft-1 is a run of `npx hone train sft`, not of `npx hone train grpo`\.\n {2}→ .*`npx hone train sft --resume runs\/sft-1`/,
  );
  expect(longer.code).toBe(1);
  expect(longer.stderr).toMatch(/^RUN_CONFIG_CHANGED: .*: steps: 2 → 3\./);
  expect(files()).toBe(before);
  // The very command that the error names.
  const [, command] = /`npx hone (train sft --model [^`]+)`/.exec(longer.stderr)!;
  expect(command).toContain("--steps 1");
  const further = await hone([...command!.split(" "), "--out", "runs/further", "--json"]);
  expect(further).toMatchObject({ code: 0 });
  expect(jsonLines(further.stdout).at(-1)).toMatchObject({ before: { taskCount: 2 } });
}

describe("hone train sft --data", () => {
  it("teaches a new model your own conversations; it says them, and goes on only with the same", async () => {
    const capitals = { France: "Paris", Italy: "Rome", Spain: "Madrid" };
    const lines = ["the capital of", "tell me the capital of", "name the capital of"].flatMap(
      (ask) =>
        Object.entries(capitals).map(([country, city]) => {
          const user = { role: "user", content: `${ask} ${country}` };
          return JSON.stringify({ messages: [user, { role: "assistant", content: city }] });
        }),
    );
    const data = join(root, "chats.jsonl");
    await writeFile(data, lines.join("\n"));
    const made = await hone(["model", "new", "small", "--text", "chats.jsonl", "--layers", "2"]);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const words = ["train", "sft", "--data", "chats.jsonl", "--threads", "1", "--json"];
    const trained = await hone([
      ...words,
      ...["--model", "small", "--weights", "all", "--steps", "60"],
      ...["--learning-rate", "3e-3", "--held-out", "0.2", "--out", "runs/own"],
    ]);
    expect(trained.stderr).toMatch(/^HELD_OUT_FEW: 2 held-out tasks are too few .*\n$/);
    const result = jsonLines(trained.stdout).at(-1)!;
    // Mean log-prob per token of 2 held-out conversations: near −ln(vocabulary) before, near 0 after.
    expect(result).toMatchObject({ before: { taskCount: 2, success: { value: 0 } } });
    const { before, after } = result as Record<string, { reward: { value: number } }>;
    expect(before!.reward.value).toBeLessThan(-3);
    expect(after!.reward.value).toBeGreaterThan(before!.reward.value + 2);
    const input = "the capital of Italy\n";
    const talk = await hone(["chat", "own", "--temperature", "0"], input);
    expect(talk.stdout).toContain("Rome");

    await writeFile(data, lines.toReversed().join("\n"));
    const changed = await hone(["train", "sft", "--resume", "own"]);
    expect(changed.stderr).toMatch(/^RUN_CONFIG_CHANGED: .*dataDigest: /);
  });

  it("measures nothing with --held-out 0, and says so", async () => {
    const said = { messages: [{ role: "assistant", content: "Rome" }] };
    await writeFile(join(root, "one.jsonl"), JSON.stringify(said));
    const words = ["train", "sft", "--data", "one.jsonl", "--model", golden, "--steps", "2"];
    const { code, stdout, stderr } = await hone([
      ...words,
      ...["--held-out", "0", "--threads", "1", "--out", "runs/unmeasured"],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/one\.jsonl: 1 to learn .*, none held out, so nothing is measured/);
    expect(stdout).toMatch(/· nothing was held out, so nothing was measured, /);
    const report = await readFile(join(root, "runs/unmeasured/report.md"), "utf8");
    expect(report).toContain("Nothing was held out, so nothing says whether it got better.");
    const shown = await hone(["runs", "show", "unmeasured"]);
    expect(shown.stdout).toMatch(/status +done/);
    const again = await hone(["train", "sft", "--resume", "runs/unmeasured", "--json"]);
    expect(jsonLines(again.stdout).at(-1)).toMatchObject({ finished: [{ name: "sft", steps: 2 }] });
    expect(`${stdout}${report}${shown.stdout}${again.stdout}`).not.toMatch(/NaN|null/);
  });

  it("refuses conversations that the model cannot hold, naming the line, and makes no run", async () => {
    const said = (content: string): string =>
      JSON.stringify({ messages: [{ role: "assistant", content }] });
    await writeFile(join(root, "long.jsonl"), `${said("a")}\n\n${said("b ".repeat(900))}\n`);
    const words = ["train", "sft", "--data", "long.jsonl", "--model", golden, "--out", "runs/long"];
    const { code, stderr } = await hone(words);
    expect(stderr).toMatch(/^ROW_TOO_LONG: Row long\.jsonl:3 has \d+ tokens; .* context is 256\./);
    expect(code).toBe(1);
    expect((await hone(["runs", "show", "long"])).code).toBe(1);
  });
});
