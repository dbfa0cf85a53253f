/**
 * Every guide runs from top to bottom: files are written as they stand in it, and its commands follow one another in one folder.
 * What trains takes few steps, since the question is whether the commands fit together and not what is learned.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "./doubles/command-line.ts";

const root = join(import.meta.dirname, "..");
// Within the repository, so that files of a guide find the package; not in node_modules, where Node strips no types.
mkdirSync(join(root, "runs"), { recursive: true });
const scratch = mkdtempSync(join(root, "runs", "guides-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A file that a guide shows, or a command line of it. */
type Step =
  | { readonly kind: "file"; readonly name: string; readonly text: string }
  | { readonly kind: "command"; readonly line: string };

/** The blocks of a guide in their order. A file's first line is a comment with its name; a block without one is no step. */
function stepsOf(page: string): readonly Step[] {
  const blocks = page.matchAll(/^```(\w+)\n([^]*?)^```$/gmu);
  return [...blocks].flatMap(([, language, text = ""]): Step[] => {
    if (language === "sh") return commandsOf(text);
    const name = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(text)?.[1];
    return name === undefined ? [] : [{ kind: "file", name, text }];
  });
}

const commandsOf = (text: string): Step[] =>
  text
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(/\s+#.*/, "").trim())
    .filter((line) => line !== "")
    .map((line) => ({ kind: "command", line }));

/** The words of a line of the shell, quotes taken off. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");

const system = [
  ...["--train-tasks", "20", "--test-tasks", "6", "--layers", "1", "--width", "32"],
  ...["--sft-steps", "4", "--grpo-steps", "1", "--group-size", "2", "--groups-per-step", "2"],
  ...["--max-actions", "2", "--max-tokens", "8", "--keep-rollouts", "none", "--threads", "1"],
];

const supervised = [
  ...["--steps", "4", "--train-tasks", "20", "--test-tasks", "6"],
  ...["--max-tokens", "8", "--keep-rollouts", "none", "--threads", "1"],
];

/** Flags that make a command short, by its first words; a flag that the guide gives itself is replaced. */
const short: Readonly<Record<string, readonly string[]>> = {
  "run math": system,
  "run writing": system,
  "run business": system,
  "run code": system,
  "run meetings": [
    ...["--train-rows", "40", "--explorer-episodes", "100", "--test-rows", "6", "--scenarios", "8"],
    // Fewer steps, and no try ends in a prediction, so that there are no pairs.
    ...["--tries", "4", "--layers", "2", "--width", "48", "--sft-steps", "80", "--dpo-steps", "1"],
    ...["--sft-learning-rate", "5e-3"],
    ...["--threads", "1"],
  ],
  "run team": [
    ...["--train-tasks", "12", "--test-tasks", "4", "--layers", "1", "--width", "32"],
    ...["--sft-steps", "2", "--grpo-steps", "1", "--group-size", "2", "--groups-per-step", "2"],
    ...["--threads", "1"],
  ],
  "run trajectories": [
    ...["--domains", "math,video", "--train-tasks", "8", "--test-tasks", "2", "--layers", "1"],
    ...["--width", "16", "--sft-steps", "1", "--ppo-steps", "1", "--group-size", "2"],
    ...["--groups-per-step", "2", "--max-actions", "2", "--max-tokens", "3"],
    ...["--keep-rollouts", "none", "--threads", "1"],
  ],
  "train all": ["--threads", "1"],
  "train sft --tool": ["--max-tokens", "8", "--keep-rollouts", "none", "--threads", "1"],
  "train ppo": [
    ...["--steps", "1", "--train-tasks", "4", "--test-tasks", "2", "--group-size", "2"],
    ...["--max-actions", "2", "--max-tokens", "3", "--keep-rollouts", "none", "--threads", "1"],
  ],
  "eval --model_path": ["--threads", "1"],
  "run multimodal --data-only": [],
  "run multimodal --test-only": [],
  "run multimodal": [
    ...["--train-tasks", "12", "--test-tasks", "4", "--layers", "1", "--width", "32"],
    ...["--sft-steps", "2", "--grpo-steps", "1", "--group-size", "2", "--groups-per-step", "2"],
    ...["--max-tokens", "8", "--keep-rollouts", "none", "--threads", "1"],
  ],
  "train traces": ["--steps", "2", "--groups-per-step", "2", "--threads", "1"],
  "train sft": supervised,
  "train weighted": supervised,
  "train grpo": [
    ...["--steps", "1", "--train-tasks", "8", "--test-tasks", "6", "--group-size", "2"],
    ...["--groups-per-step", "2", "--max-tokens", "8", "--keep-rollouts", "none", "--threads", "1"],
  ],
  "eval ": ["--tasks", "4", "--max-tokens", "8", "--threads", "1"],
};

function shortened(words: readonly string[]): readonly string[] {
  const line = `${words.join(" ")} `;
  const key = Object.keys(short).find((start) => line.startsWith(start));
  if (key === undefined) return words;
  // A table that is given has its own number of rows.
  const isDrawn = !words.includes("--data");
  const flags = short[key]!.filter(
    (word, i, all) => isDrawn || (word !== "--train-rows" && all[i - 1] !== "--train-rows"),
  );
  const replaced = new Set(flags.filter((_, i) => i % 2 === 0));
  const kept = words.filter((word, i) => !replaced.has(word) && !replaced.has(words[i - 1] ?? ""));
  return [...kept, ...flags];
}

/** What other tests run: the package is packed and installed there. */
const elsewhere = [/^npm install/];

/** A server that a guide starts, which the requests behind it ask. */
interface Serving {
  readonly port: number;
  readonly child: ChildProcess;
}

const servers: Serving[] = [];
afterAll(() => servers.forEach(({ child }) => child.kill()));

/** The port that a server says it listens on. @throws with its errors, where it ends instead */
async function portOf(child: ChildProcess): Promise<number> {
  let errors = "";
  child.stderr!.on("data", (text: Buffer) => (errors += text.toString()));
  const ended = once(child, "exit").then(() => {
    throw new Error(`the server ended: ${errors}`);
  });
  const [output] = (await Promise.race([once(child.stdout!, "data"), ended])) as [Buffer];
  return Number(/127\.0\.0\.1:(\d+)/.exec(output.toString())![1]);
}

/** What lines of the shell print, by their beginnings, where a guide says it. */
const printed: Readonly<Record<string, RegExp>> = {
  "node ask.ts": /^\{"text":.*,"images":\[/,
  "node collect.ts": /^$/,
  "node episode.ts": /identify_operation subtract → 1\.5[^]*state_answer 3 → 3[^]*8\.5 true/,
  "curl -s -X POST": /"solution":.*"actions":\[/,
  "curl -s http://127.0.0.1:8000/metrics": /hone_solve_answers_total/,
  "head -n 5": /^input_text,target_probability,target_reason,ground_truth_prob\n/,
};

/** Starts the server of a guide on a free port, and waits until it listens. */
async function startServer(words: readonly string[], folder: string): Promise<void> {
  const bin = join(root, "packages/hone/bin/hone.js");
  const child = spawn(process.execPath, [bin, ...words, "--port", "0", "--json"], { cwd: folder });
  servers.push({ child, port: await portOf(child) });
}

/**
 * Runs a line of the shell as it stands, on this Node, with the port of the server that was started last. What a server refuses is
 * an error of `curl --fail`.
 */
async function runLine(line: string, folder: string): Promise<string> {
  const here = line
    .replaceAll("127.0.0.1:8000", `127.0.0.1:${servers.at(-1)?.port ?? 8000}`)
    .replace(/^curl /, "curl --fail ");
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    NODE_OPTIONS: "--conditions=source",
  };
  const { stdout } = await promisify(execFile)("sh", ["-c", here], { cwd: folder, env });
  return stdout;
}

const pages = globSync("docs/guides/*.md", { cwd: root }).toSorted();

describe.each(pages)("%s", (page) => {
  const steps = stepsOf(readFileSync(join(root, page), "utf8"));
  const folder = join(scratch, page.replaceAll(/\W/g, "-"));
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(join(root, "packages/hone"), join(folder, "node_modules/hone-rl"));

  /** Files that stand in the guide before a command are there when it runs. */
  function writeFiles(before: Step): void {
    for (const step of steps.slice(0, steps.indexOf(before))) {
      if (step.kind !== "file") continue;
      const file = join(folder, step.name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, step.text);
    }
  }

  const commands = steps.filter((step) => step.kind === "command");
  const here = commands.filter(({ line }) => !elsewhere.some((pattern) => pattern.test(line)));
  it.each(here)("$line", async (step) => {
    writeFiles(step);
    const [npx, hone, ...words] = wordsOf(step.line);
    if (npx !== "npx") {
      const [, says] = Object.entries(printed).find(([start]) => step.line.startsWith(start))!;
      return expect(await runLine(step.line, folder)).toMatch(says);
    }
    expect(hone).toBe("hone");
    if (words[0] === "serve") return startServer(words, folder);
    const { code, stderr } = await commandLine(shortened(words), { folder });
    return expect(code, stderr).toBe(0);
  });
});
