/**
 * APO and GEPA at work, as docs/results/prompts.md:
 *
 *     npm run results:prompts                                            a scripted provider, then SmolLM2-135M-Instruct
 *     npm run results:prompts -- --model models/smollm2 --only scripted
 *
 * Each result is kept in `--cache`; a search that was interrupted goes on and pays for nothing twice. The page is written of what
 * is there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { resultsPage } from "./prompts/page.ts";
import { type Search, searches, searchResult, type SearchResult } from "./prompts/searches.ts";
import { scriptedRun } from "./prompts/scripted.ts";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    model: { type: "string", default: "models/smollm2" },
    threads: { type: "string", default: "2" },
    cache: { type: "string", default: "runs/results-prompts" },
    page: { type: "string", default: "docs/results/prompts.md" },
  },
});
const { only } = flags;
const names = ["scripted", ...Object.keys(searches)];
if (only !== undefined && !names.includes(only))
  throw new Error(`--only is ${names.join(", ")}, not "${only}"`);
const cache = resolve(flags.cache);
mkdirSync(cache, { recursive: true });

async function kept<T>(name: string, make: () => Promise<T>): Promise<T | undefined> {
  const file = join(cache, `${name}.json`);
  if (!existsSync(file) && (only === undefined || only === name))
    writeFileSync(file, JSON.stringify(await make(), undefined, 1));
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
}

function modelFolder(): string {
  const model = resolve(flags.model);
  if (!existsSync(join(model, "config.json"))) {
    const script = join(import.meta.dirname, "smollm2.ts");
    execFileSync(process.execPath, [script, "--out", model], { stdio: "inherit" });
  }
  return model;
}

const scripted = await kept("scripted", () => scriptedRun(cache));
const results: SearchResult[] = [];
for (const name of Object.keys(searches) as Search[]) {
  const options = { model: "", threads: Number(flags.threads), out: join(cache, name) };
  const result = await kept(name, () => searchResult(name, { ...options, model: modelFolder() }));
  if (result !== undefined) results.push(result);
}
writeFileSync(resolve(flags.page), resultsPage(scripted, results));
