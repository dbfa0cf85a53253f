/** Help and docs/cli.md are made from the table of commands, and help loads little. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { commands } from "../packages/hone/src/cli/command-table.ts";
import { commandsDocument } from "../scripts/commands-document.ts";

const root = join(import.meta.dirname, "..");

it("are what docs/cli.md shows (npm run docs writes it)", async () => {
  const page = readFileSync(join(root, "docs/cli.md"), "utf8");
  expect(page).toBe(await commandsDocument(page));
});

/** The source files of hone that a process has loaded once it has answered these command lines. */
async function filesLoadedBy(lines: readonly (readonly string[])[]): Promise<readonly string[]> {
  const text = `
    import { registerHooks } from "node:module";
    const files = [];
    registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
    const { runCommandLine } = await import("./packages/hone/src/cli/run-command.ts");
    const { write } = process.stdout;
    process.stdout.write = () => true;
    for (const words of ${JSON.stringify(lines)}) await runCommandLine(words, process);
    process.stdout.write = write;
    process.stdout.write(JSON.stringify(files));
  `;
  const args = ["--conditions=source", "--input-type=module", "--eval", text];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const files = JSON.parse(stdout) as readonly string[];
  return files.map((url) => url.replace(/.*\/(src|node_modules)\//, "$1/"));
}

it("loads no command's file and no library for `hone --help` and the help of a group", async () => {
  const files = await filesLoadedBy([["--help"], ["model", "--help"]]);
  expect(files).toContain("src/cli/help.ts");
  // Of app/ only the tables of trainings and of prompt methods and of systems, whose rows are commands, and lists of words that these rows take.
  const light =
    /^node:|^src\/(cli\/[^/]+|cli\/terminal\/.+|core\/.+|app\/init\/templates\.ts|app\/[^/]*trainings\.ts|app\/training\/.+|app\/prompts\/prompt-methods\.ts|app\/systems\/system-summaries\.ts|algorithms\/.+-choices\.ts)$/;
  expect(files.filter((file) => !light.test(file))).toEqual([]);
});

it("loads neither the engine nor a database's client for the help of any command", async () => {
  const files = await filesLoadedBy(commands.map(({ name }) => [...name.split(" "), "--help"]));
  expect(files).toContain("src/cli/models/model-new.ts");
  const heavy =
    /^src\/engine\/(?!models\/architecture)|^src\/store\/.*\/|^node_modules\/(pg|kysely|onnx)/;
  expect(files.filter((file) => heavy.test(file))).toEqual([]);
});
