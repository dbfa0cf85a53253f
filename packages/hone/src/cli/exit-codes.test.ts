import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine as inFolder } from "../../../../test/doubles/command-line.ts";
import { exitCodes } from "./exit-codes.ts";
import { domainNames } from "../app/domains.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-exit-codes-"));
const turn = (role: string, content: string) => ({ role, content });
const line = (...messages: object[]): string => `${JSON.stringify({ messages })}\n`;
const good = line(turn("user", "a"), turn("assistant", "b"));

beforeAll(() => {
  const write = (name: string, text: string | Buffer): void =>
    writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, "folder"));
  write("one.jsonl", good);
  write("words.jsonl", `${good}no json\n`);
  write("role.jsonl", line(turn("user", "a"), turn("assistent", "b")));
  write("empty.jsonl", "");
  write("binary.jsonl", Buffer.from([0xff, 0xfe, 0x00]));
  write("locked.jsonl", good);
  chmodSync(join(folder, "locked.jsonl"), 0);
  write("key.yaml", "steps: 2\nstepz: 3\n");
  write("value.yaml", "steps: 0\n");
  write("text.yaml", "steps: [\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a command line, whose words in capitals (`DIR/`) stand for the folder of this test. */
async function run(
  commandLine: string,
): Promise<{ code: number | null; stdout: string; lines: string[] }> {
  const words = commandLine.split(" ").map((word) => word.replaceAll("DIR/", `${folder}/`));
  // In a folder without runs, whatever runs a checkout holds.
  const { code, stdout, stderr } = await inFolder(words, { folder });
  return { code, stdout, lines: stderr.replaceAll(`${folder}/`, "DIR/").trimEnd().split("\n") };
}

const { failed, usage } = exitCodes;

/** A command line, its exit code, what its first line on stderr says, and what its second says to do. */
type Case = readonly [line: string, code: number, what: string, fix: string];

const ofWords: readonly Case[] = [
  [
    "trian",
    usage,
    'COMMAND_UNKNOWN: hone has no command "trian".',
    "Did you mean `npx hone train`?",
  ],
  ["trian sft", usage, 'has no command "trian".', "Did you mean `npx hone train sft`?"],
  ["train gpro", usage, 'has no command "train gpro".', "Did you mean `npx hone train grpo`?"],
  ["runs shw x", usage, 'has no command "runs shw".', "Did you mean `npx hone runs show`?"],
  ["help trian", usage, 'has no command "trian".', "Did you mean `npx hone train`?"],
  ["bogus", usage, 'has no command "bogus".', "`npx hone --help` lists every command."],
  [
    "train grpo --max-steps 3",
    usage,
    "unknown option '--max-steps', which is called --max-actions for episodes",
    "--help",
  ],
  [
    "train dpo --data x --max-steps 3",
    usage,
    "unknown option '--max-steps'; training steps have a flag that ends in -steps",
    "--help",
  ],
  [
    "run business --tasks 20",
    usage,
    "unknown option '--tasks' (did you mean --train-tasks or --test-tasks?).",
    "--help",
  ],
  [
    "train weighted --width 32",
    usage,
    "unknown option '--width'; `npx hone model new` makes a model of a chosen size, which --model then names.",
    "--help",
  ],
  ["convert x.jsonl --out=", usage, "--out is empty; give a path", "--help"],
  [
    "--bogus",
    usage,
    "USAGE_INVALID: npx hone: unknown option '--bogus'; options stand behind a command",
    "`npx hone --help` lists",
  ],
  [
    "-x runs list",
    usage,
    "unknown option '-x'; options stand behind a command",
    "`npx hone --help`",
  ],
  [
    "train sft --stepz 3",
    usage,
    "USAGE_INVALID: npx hone train sft: unknown option '--stepz' (did you mean --steps?).",
    "`npx hone train sft --help` lists",
  ],
  [
    "train sft --steps",
    usage,
    "option '--steps <n>' argument missing.",
    "`npx hone train sft --help` lists",
  ],
  [
    "train sft more words",
    usage,
    "too many arguments. Expected 0 arguments but got 2: more, words.",
    "`npx hone train sft --help`",
  ],
  [
    "eval",
    usage,
    "npx hone eval: missing required argument 'model'.",
    "`npx hone eval --help` lists",
  ],
  ["record node app.js", usage, "put -- in front of the program", "`npx hone record --help` lists"],
];

const ofValues: readonly Case[] = [
  [
    "eval nowhere --tasks 0",
    usage,
    "CONFIG_INVALID: --tasks: expected at least 1, got 0.",
    "Correct the value",
  ],
  [
    "eval nowhere --tasks many",
    usage,
    '--tasks: expected a number, got "many".',
    "Correct the value",
  ],
  [
    "eval nowhere --tasks 1.5",
    usage,
    "--tasks: expected a whole number, got 1.5.",
    "Correct the value",
  ],
  [
    "eval nowhere --threads 0",
    usage,
    "option '--threads <n>' argument '0' is invalid. It must be a whole number from 1.",
    "`npx hone eval --help`",
  ],
  ["train sft --dropout 2", usage, "--dropout: expected ", "Correct the value"],
  [
    "train grpo --levels 9",
    usage,
    "--levels: expected a level from 1 to 5, got [9].",
    "Correct the value",
  ],
  ["train grpo --loss bogus", usage, '--loss: expected one of "ppo"|', "Correct the value"],
  [
    "train grpo --domain maths",
    usage,
    `--domain: expected ${domainNames.map((name) => JSON.stringify(name)).join(" or ")}, or a file such as ./my-domain.ts, got "maths".`,
    "Correct the value",
  ],
  [
    "collect --port 99999",
    usage,
    "It must be a whole number from 0 to 65535.",
    "`npx hone collect --help`",
  ],
  [
    "traces list --limit 0",
    usage,
    "It must be a whole number from 1 to 1000.",
    "`npx hone traces list --help`",
  ],
  [
    "traces list --store mysql://x",
    usage,
    'STORE_URL_INVALID: "mysql://x" names no store: the scheme mysql: is unknown.',
    "Give files:./rl_data",
  ],
];

const ofThings: readonly Case[] = [
  [
    "runs show nowhere --runs DIR/folder",
    failed,
    'RUN_NOT_FOUND: There is no run "nowhere" in DIR/folder.',
    "start a run first",
  ],
  [
    "runs delete nowhere --runs DIR/folder",
    failed,
    'RUN_NOT_FOUND: There is no run "nowhere"',
    "start a run first",
  ],
  ["train grpo --resume DIR/nowhere", failed, "RUN_NOT_FOUND", "start a run first"],
  ["eval DIR/nowhere", failed, "MODEL_NOT_FOUND", "Give a folder that holds config.json"],
  ["chat DIR/nowhere", failed, "MODEL_NOT_FOUND", "Give a folder that holds config.json"],
  [
    "cache clear no/such-model",
    failed,
    'MODEL_NOT_FOUND: The model "no/such-model" was not found (looked in the Hugging Face cache',
    "Hugging Face id",
  ],
  [
    "store check --store sqlite:DIR/nowhere.db",
    failed,
    "STORE_NOT_FOUND: There is no store at sqlite:DIR/nowhere.db: there is no such file.",
    "Check the address (--store",
  ],
];

const ofFiles: readonly Case[] = [
  [
    "train sft --data DIR/nowhere.jsonl",
    failed,
    "DATA_UNREADABLE: The data file DIR/nowhere.jsonl cannot be read (there is no such file).",
    "Check the path.",
  ],
  [
    "train sft --data DIR/folder",
    failed,
    "The data file DIR/folder cannot be read (it is a folder).",
    "Check the path.",
  ],
  [
    "train sft --data DIR/binary.jsonl",
    failed,
    "cannot be read (it is not UTF-8).",
    "Give a text file in UTF-8",
  ],
  [
    "train sft --data DIR/empty.jsonl",
    usage,
    "DATA_EMPTY: DIR/empty.jsonl",
    "Give at least one entry",
  ],
  [
    "train sft --data DIR/words.jsonl",
    usage,
    "DATA_LINE_INVALID: DIR/words.jsonl:2: it is not JSON",
    "Correct the line or leave it out",
  ],
  [
    "train sft --data DIR/role.jsonl",
    usage,
    "DIR/role.jsonl:1:52: messages[1].role: expected one of",
    "Correct the line or leave it out",
  ],
  [
    "train sft --data DIR/one.jsonl",
    usage,
    "CONFIG_INVALID: --held-out: DIR/one.jsonl holds no two different conversations",
    "Correct the value",
  ],
  [
    "train sft --config DIR/nowhere.yaml",
    failed,
    "CONFIG_UNREADABLE: The settings file DIR/nowhere.yaml cannot be read (there is no such file).",
    "Check the path.",
  ],
  ["train sft --config DIR/folder", failed, "cannot be read (it is a folder).", "Check the path."],
  [
    "train sft --config DIR/key.yaml",
    usage,
    'CONFIG_UNKNOWN_KEY: DIR/key.yaml:2:1 has the unknown key "stepz".',
    "Did you mean steps? If not, leave it out.",
  ],
  [
    "train sft --config DIR/value.yaml",
    usage,
    "CONFIG_INVALID: DIR/value.yaml:1:8: steps: expected at least 1, got 0.",
    "Correct the value",
  ],
  [
    "train sft --config DIR/text.yaml",
    usage,
    "CONFIG_INVALID: DIR/text.yaml:2:1: ",
    "Correct the value",
  ],
];

describe("a command line that cannot be followed", () => {
  it.each([...ofWords, ...ofValues, ...ofThings, ...ofFiles])(
    "%s: exit %i, one line that names the thing and one with the way out",
    async (commandLine, code, what, fix) => {
      const result = await run(commandLine);
      expect(result.lines[0]).toContain(what);
      expect(result.lines[1]).toMatch(/^ {2}→ /);
      expect(result.lines[1]).toContain(fix);
      expect(result.lines).toHaveLength(2);
      expect(result).toMatchObject({ code, stdout: "" });
    },
  );

  // The superuser may read every file.
  it.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
    "says that a file may not be read",
    async () => {
      const { code, lines } = await run("train sft --data DIR/locked.jsonl");
      expect(lines[0]).toContain("DIR/locked.jsonl cannot be read (permission denied).");
      expect(code).toBe(failed);
    },
  );

  it("says the same as a line of JSON on stdout with --json", async () => {
    const { code, stdout } = await run("train sft --json --data DIR/nowhere.jsonl");
    expect(code).toBe(failed);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "DATA_UNREADABLE", facts: { reason: "there is no such file" } },
    });
  });
});

it("ends well when nothing is wrong, and where only help was asked for", async () => {
  for (const commandLine of ["runs list --runs DIR/none", "train", "train sft --help", "help eval"])
    expect(await run(commandLine)).toMatchObject({ code: exitCodes.done, lines: [""] });
});
