/** `hone train apo` and `hone train gepa`, with a scripted provider as the policy and the critic. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import {
  type ModelEndpoint,
  type ReceivedRequest,
  startModelEndpoint,
} from "../../../../../test/doubles/model-endpoint.ts";

const root = mkdtempSync(join(tmpdir(), "hone-train-prompts-"));

/** A world of one action: the word in capitals is right. */
const domain = `
const environment = () => {
  let right = "";
  return {
    reset: ({ word }) => { right = word.toUpperCase(); return word; },
    validActions: () => ["say"],
    step: ({ name, argument }) => ({
      observation: "over", reward: argument === right ? 1 : 0, terminated: true, truncated: false,
      info: { isSuccess: argument === right },
    }),
  };
};
const words = (from) => Array.from({ length: 24 }, (_, i) => "w" + String.fromCharCode(97 + i) + from);
const task = (word) => ({ id: word, word, level: 1 });
export default {
  environment,
  tasks: { train: words("x").map(task), test: words("y").map(task) },
  format: { system: "Say the word." },
};
`;

const contentOf = ({ body }: ReceivedRequest, role: string): string =>
  (body["messages"] as readonly { role: string; content: string }[]).find(
    (one) => one.role === role,
  )!.content;

let endpoint: ModelEndpoint;
beforeAll(async () => {
  writeFileSync(join(root, "domain.mjs"), domain);
  endpoint = await startModelEndpoint((request) => {
    const system = contentOf(request, "system");
    const user = contentOf(request, "user");
    if (request.body["model"] === "critic") {
      const isEdit = user.includes("between <prompt> and </prompt>");
      const seen = user.includes("Say the word.") ? "Say the word in capitals." : "Say it.";
      return { text: isEdit ? `<prompt>\n${seen}\n</prompt>` : "It does not say how." };
    }
    return { text: `say ${system.includes("capitals") ? user.toUpperCase() : user}` };
  });
});
afterAll(async () => {
  await endpoint.close();
  rmSync(root, { recursive: true, force: true });
});

const flags = () => [
  ...["--policy", `${endpoint.url}#policy`, "--critic", `${endpoint.url}#critic`],
  ...["--domain", "./domain.mjs", "--train-tasks", "8", "--test-tasks", "20", "--steps", "1"],
];
const hone = (...words: readonly string[]) => commandLine(words, { folder: root });
const file = (...path: readonly string[]) => readFileSync(join(root, ...path), "utf8");

describe("hone train apo", () => {
  it("changes the domain's system message, and writes the best prompt, its scores and a report", async () => {
    const words = ["--beam-width", "1", "--branch-factor", "1", "--out", "apo"];
    const { code, stdout, stderr } = await hone("train", "apo", ...flags(), ...words);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/step +best +reward +candidates +refused +rollouts +critic/);
    expect(stdout).toMatch(/prompt 1 of 1 is the best: 0\.000 → 1\.000 on the validation tasks/);
    expect(stdout).toMatch(/success 0\.00 → 1\.00 \[0\.84, 1\.00\], paired difference 1\.00 \[/);
    expect(file("apo", "prompt.txt")).toBe("Say the word in capitals.\n");
    expect(file("apo", "report.md")).toMatch(/### Before[^]*Say the word\.\n[^]*### The best/);
    const shown = await hone("runs", "show", "apo");
    expect(shown.stdout).toMatch(/difference +success 1\.00/);
    const list = await hone("runs", "list", "--runs", ".");
    expect(list.stdout).toContain("apo");
  });

  it("resumed says that it was finished, and asks nothing; with other settings it is refused", async () => {
    const asked = endpoint.requests.length;
    const { code, stdout } = await hone("train", "apo", "--resume", "apo", "--json");
    expect(code).toBe(0);
    const facts = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(facts.at(-1)).toMatchObject({
      isOld: true,
      prompts: { system: "Say the word in capitals." },
      difference: { success: { value: 1 } },
    });
    expect(endpoint.requests).toHaveLength(asked);
    const other = await hone("train", "apo", "--resume", "apo", "--seed", "3");
    expect(other.code).not.toBe(0);
    expect(other.stderr).toMatch(
      /RUN_CONFIG_CHANGED[^]*seed: 0 → 3[^]*npx hone train apo --prompt/,
    );
    const gepa = await hone("train", "gepa", "--resume", "apo");
    expect(gepa.stderr).toContain("RUN_OF_ANOTHER_COMMAND");
  });

  it.each([
    [
      ["--model", "x", "--policy", "openai/x"],
      /--policy: it cannot be given together with --model/,
    ],
    [[], /--model: give what does the tasks/],
    [["--model", "tiny"], /a model from nothing follows no prompt/],
    [["--policy", "gpt"], /MODEL_NAME_INVALID/],
    [
      ["--policy", "http://127.0.0.1:9/v1#m", "--prompt", "none.txt"],
      /--prompt: none\.txt cannot be read/,
    ],
    [
      ["--policy", "http://127.0.0.1:9/v1#m", "--agent", "true", "--tasks", "t.jsonl"],
      /--prompt: give a file/,
    ],
    [["--policy", "http://127.0.0.1:9/v1#m", "--budget", "0"], /--budget: expected at least 1/],
    [["--policy", "http://127.0.0.1:9/v1#m", "--beam-width", "0"], /--beam-width/],
  ])("refuses %j", async (words, message) => {
    const { code, stderr } = await hone("train", "apo", ...words, "--out", "nothing");
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

it("refuses a reward that compares the rollouts of a group", async () => {
  writeFileSync(join(root, "group.mjs"), "export default { rewards: () => [] };");
  writeFileSync(join(root, "one.txt"), "Say it.");
  writeFileSync(join(root, "few.jsonl"), '{"word":"a","answer":1}\n{"word":"b","answer":2}');
  const { code, stderr } = await hone(
    ...["train", "gepa", "--policy", `${endpoint.url}#policy`, "--agent", "true"],
    ...["--tasks", "few.jsonl", "--reward", "group.mjs", "--prompt", "one.txt"],
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/--reward: group\.mjs scores the rollouts of a group against each other/);
});

describe("hone train gepa", () => {
  it("gives a program its prompt, and starts from a file", async () => {
    const program =
      "const { word } = JSON.parse(process.env.HONE_TASK); console.log(process.env.HONE_PROMPT.includes('capitals') ? word.toUpperCase() : word)";
    writeFileSync(join(root, "agent.mjs"), program);
    writeFileSync(join(root, "start.txt"), "Say the word.\n");
    const tasks = Array.from({ length: 5 }, (_, i) => {
      const split = i < 4 ? "train" : "test";
      return JSON.stringify({ word: `w${i}`, answer: `W${i}`, split });
    });
    writeFileSync(join(root, "tasks.jsonl"), tasks.join("\n"));
    const { code, stdout, stderr } = await hone(
      ...["train", "gepa", ...flags().slice(0, 4), "--steps", "1", "--out", "gepa"],
      ...["--agent", "node agent.mjs", "--tasks", "tasks.jsonl", "--prompt", "start.txt"],
      ...["--validation-size", "2", "--minibatch-size", "2", "--max-tokens", "32"],
    );
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/prompt 1 of 1 is the best: 0\.000 → 1\.000/);
    expect(file("gepa", "prompt.txt")).toBe("Say the word in capitals.\n");
    expect(stderr).toContain("HELD_OUT_FEW");
  });
});
