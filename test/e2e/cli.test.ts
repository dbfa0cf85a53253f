/** The command `hone` as users start it: a process, its output, its exit code. */
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const repository = join(import.meta.dirname, "../..");
const bin = join(repository, "packages/hone/bin/hone.js");
const golden = join(repository, "test/golden/models/qwen2");

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly input?: string;
  /** Called with all of stdout so far; to press Ctrl-C at the right moment. */
  readonly onOutput?: (stdout: string, interrupt: () => void) => void;
  readonly environment?: Readonly<Record<string, string>>;
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-cli-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function hone(words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const env = {
    ...process.env,
    HF_HOME: join(root, "hub"),
    HF_HUB_OFFLINE: "1",
    ...options.environment,
  };
  const child = spawn(process.execPath, [bin, ...words], { cwd: root, env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    options.onOutput?.(stdout, () => child.kill("SIGINT"));
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
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
      hone(["--help"]),
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
    const { stderr } = await hone(["chat", "--help"], { environment });
    expect(stderr).not.toMatch(/onnxruntime/);
  });

  it("ends with 2 after wrong usage, and says on stderr what was meant", async () => {
    const [command, option, missing, value] = await Promise.all([
      hone(["modle", "show"]),
      hone(["chat", golden, "--temprature", "1"]),
      hone(["model", "merge", golden]),
      hone(["run", "math", "--level", "9"]),
    ]);
    expect([command, option, missing, value].map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    expect([command, option, missing, value].map(({ stdout }) => stdout)).toEqual(["", "", "", ""]);
    expect(command.stderr).toBe(
      'COMMAND_UNKNOWN: hone has no command "modle".\n  → Did you mean `hone model show`? `hone --help` lists every command.\n',
    );
    expect(option.stderr).toMatch(/^USAGE_INVALID: hone chat: unknown option '--temprature'/);
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
      hone(["chat", "tiny", "--max-tokens", "4"], { input: "x\n" }),
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
      hone(["chat", "merged", ...words], { input: "hello\n" }),
      hone(["chat", golden, "--adapter", adapter, ...words], { input: "hello\n" }),
      hone(["chat", golden, ...words], { input: "hello\n" }),
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
    const { code, stdout } = await hone(words, { input });
    expect(code).toBe(0);
    const replies = jsonLines(stdout);
    expect(replies).toHaveLength(3);
    expect(replies[2]!["text"]).toBe(replies[0]!["text"]);
    expect(replies.map((reply) => reply["event"])).toEqual(["reply", "reply", "reply"]);
  });

  it("ends with 130 after Ctrl-C while it waits", async () => {
    const child = spawn(process.execPath, [bin, "chat", golden, "--max-tokens", "2"], {
      cwd: root,
    });
    child.stdin.write("hello\n");
    child.stdout.once("data", () => child.kill("SIGINT"));
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
    ["--max-steps", "2"],
    ["--threads", "1"],
  ].flat();

  it("stops at Ctrl-C with 130, is listed as stopped, and goes on with --resume", async () => {
    const words = [
      "run",
      "math",
      ...small,
      "--sft-steps",
      "400",
      "--grpo-steps",
      "1",
      "--out",
      "runs/math-7f3a",
      "--json",
    ];
    const stopped = await hone(words, {
      onOutput: onceAt('"step":5,', (interrupt) => interrupt()),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).not.toMatch(/[A-Z]+_[A-Z]+:/);
    expect(jsonLines(stopped.stdout).at(-1)).toMatchObject({ stopped: { phase: "sft" } });

    const list = await hone(["runs", "list"]);
    expect(list.stdout).toMatch(/math-7f3a +stopped/);
    const talk = await hone(["chat", "7f3a", "--max-tokens", "2"], { input: "x\n" });
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

    const measured = await hone(["eval", "7f3a", "--tasks", "4", "--max-steps", "2", "--json"]);
    expect(measured.code).toBe(0);
    expect(jsonLines(measured.stdout).at(-1)).toMatchObject({ taskCount: 4, mode: "greedy" });
  });

  it("saves and ends when nobody reads its output any more", async () => {
    const command = `"${process.execPath}" "${bin}" run math --test-tasks 2 --out unread --json | head -9`;
    await promisify(execFile)("sh", ["-c", command], { cwd: root });
    const latest = await readFile(join(root, "unread/checkpoints/latest.json"), "utf8");
    expect(latest).toMatch(/sft-step-0000\d\d/);
  });

  it("ends at once at the second Ctrl-C, with 130 and no core dump, while products run", async () => {
    const words = [
      "run",
      "math",
      "--test-tasks",
      "2",
      "--sft-batch-size",
      "512",
      "--out",
      "twice",
      "--json",
    ];
    let pressedAt = 0;
    const { code, stdout } = await hone(words, {
      onOutput: onceAt('"step":2,', (interrupt) => {
        pressedAt = performance.now();
        interrupt();
        // Within 100 ms it would be the same press, arriving twice.
        setTimeout(interrupt, 150);
      }),
    });
    expect(code).toBe(130);
    expect(performance.now() - pressedAt).toBeLessThan(5000);
    expect(stdout).not.toContain('"stopped"');
  });

  it("trains with sft and grpo from the settings of a file", async () => {
    await cp(golden, join(root, "base"), { recursive: true });
    const yaml =
      "model: base\nsteps: 2\ntrainTasks: 6\ntestTasks: 2\nmaxSteps: 2\nprompt: compact\nmaxTokens: 4\n";
    await writeFile(join(root, "train.yaml"), yaml);
    const words = ["--config", "train.yaml", "--seed", "1", "--threads", "1", "--json"];
    const sft = await hone(["train", "sft", ...words, "--batch-size", "2", "--out", "runs/sft-1"]);
    expect(sft.stderr).toBe("");
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
    expect(grpo).toMatchObject({ code: 0, stderr: "" });

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
    const compared = await hone(["runs", "compare", "sft-1", "grpo-1"]);
    expect(compared.stdout).toMatch(/model: "base" → "runs\/sft-1"/);
    const deleted = await hone(["runs", "delete", "sft-1", "none"]);
    expect(deleted.stderr).toMatch(/^RUN_NOT_FOUND: No run "none"/);
    expect((await hone(["runs", "delete", "sft-1"])).stdout).toBe("deleted sft-1\n");
    expect((await hone(["runs", "show", "sft-1"])).code).toBe(1);
  });
});

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
    expect(trained.stderr).toBe("");
    const result = jsonLines(trained.stdout).at(-1)!;
    // Mean log-prob per token of 2 held-out conversations: near −ln(vocabulary) before, near 0 after.
    expect(result).toMatchObject({ before: { taskCount: 2, success: { value: 0 } } });
    const { before, after } = result as Record<string, { reward: { value: number } }>;
    expect(before!.reward.value).toBeLessThan(-3);
    expect(after!.reward.value).toBeGreaterThan(before!.reward.value + 2);
    const input = "the capital of Italy\n";
    const talk = await hone(["chat", "own", "--temperature", "0"], { input });
    expect(talk.stdout).toContain("Rome");

    const again = await hone(["train", "sft", "--resume", "own", "--threads", "1", "--json"]);
    expect(again).toMatchObject({ code: 0 });
    await writeFile(data, lines.toReversed().join("\n"));
    const changed = await hone(["train", "sft", "--resume", "own"]);
    expect(changed.stderr).toMatch(/^RUN_CONFIG_CHANGED: .*dataDigest: /);
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
