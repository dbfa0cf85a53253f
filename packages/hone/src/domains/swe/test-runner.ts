/**
 * Runs the tests of repositories in a sandbox: JavaScript files with `require` and `exports`, test files with `test(name, function)` and
 * `equal(actual, expected)`. Tests that do not end, or use too much memory, have failed. Outcomes are cached by the files' content.
 */
import { checkOptions } from "../../core/known-options.ts";
import { isObject } from "../../core/json.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Sandbox } from "../../ports/sandbox.ts";
import { javascriptSandbox } from "../../sandbox/javascript-sandbox.ts";
import type { Files } from "./tasks.ts";

/** How one test ended. */
export interface TestOutcome {
  /** The name of the test. */
  readonly name: string;
  /** What went wrong; absent where it passed. */
  readonly error?: string;
}

/** Runs tests; one may be shared by all environments of a process. */
export interface TestRunner {
  /**
   * Runs sets of test files beside the files of a repository. A file that cannot be loaded is one test that failed.
   * @returns the outcomes of each set, in their order
   * @throws SANDBOX_CRASHED, SANDBOX_CLOSED
   */
  run(files: Files, sets: readonly Files[]): Promise<readonly (readonly TestOutcome[])[]>;
  /** Ends the interpreters. The next tests start new ones. */
  close(): Promise<void>;
}

/** How tests are run. */
export interface TestRunnerOptions {
  /** Time of one run in ms. Default 2,000. */
  readonly timeMs?: number;
  /** Interpreters, each a process, that work side by side. Default 1. */
  readonly size?: number;
}

type Outcomes = Awaited<ReturnType<TestRunner["run"]>>;

/** Outcomes that are cached at most. */
const maxKnown = 20_000;

/** Longest error that is handed back, in characters. */
const maxError = 200;

/** The program in the sandbox: `runTests(files, sets)` gives for each set a list of `{ name, error? }`. */
const harness = `
const { stringify } = JSON;
const said = (error) => { try { return (String(error.name) + ": " + String(error.message)).slice(0, ${maxError}); } catch { return "it threw"; } };
const shown = (value) => { const text = stringify(value); return text === undefined ? String(value) : text; };
const joined = (folder, name) => {
  const parts = [];
  for (const part of (folder + "/" + name).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
};
const loader = (files, globals) => {
  const loaded = new Map();
  const load = (path) => {
    const found = [path, path + ".js", path + "/index.js"].find((one) => Object.hasOwn(files, one));
    if (found === undefined) throw new Error("there is no file " + path);
    if (loaded.has(found)) return loaded.get(found).exports;
    const module = { exports: {} };
    loaded.set(found, module);
    const folder = found.split("/").slice(0, -1).join("/");
    const names = Object.keys(globals);
    const run = new Function("require", "exports", "module", ...names, files[found]);
    run((name) => load(joined(folder, name)), module.exports, module, ...names.map((name) => globals[name]));
    return module.exports;
  };
  return load;
};
const runTests = (files, sets) => sets.map((tests) => runSet(files, tests));
function runSet(files, tests) {
  const outcomes = [];
  const equal = (actual, expected) => {
    const [got, wanted] = [shown(actual), shown(expected)];
    if (got !== wanted) throw new Error("got " + got + ", not " + wanted);
  };
  const test = (name, body) => {
    try { body(); outcomes.push({ name: String(name) }); }
    catch (error) { outcomes.push({ name: String(name), error: said(error) }); }
  };
  for (const path of Object.keys(tests)) {
    try { loader({ ...files, ...tests }, { test, equal })(path); }
    catch (error) { outcomes.push({ name: path, error: said(error) }); }
  }
  return outcomes;
}`;

/**
 * A runner whose interpreter starts with the first tests.
 * @throws OPTION_INVALID
 * @example
 * const runner = testRunner();
 * await runner.run({ "src/a.js": "exports.a = 1;" }, [{ "test/a.js": "test('a', () => equal(require('../src/a.js').a, 1));" }]);
 */
export function testRunner(options: TestRunnerOptions = {}): TestRunner {
  checkOptions("testRunner", options, { timeMs: true, size: true });
  const check = optionChecks("testRunner");
  const timeMs = check.whole("timeMs", options.timeMs ?? 2_000, { min: 1 });
  const size = check.whole("size", options.size ?? 1, { min: 1, max: 64 });
  const known = new Map<string, Promise<Outcomes>>();
  let sandbox: Sandbox | undefined;
  const ran = async (files: Files, sets: readonly Files[]): Promise<Outcomes> => {
    sandbox ??= javascriptSandbox({ size, maxUses: 500, limits: { timeMs, memoryMb: 64 } });
    const entry = { function: "runTests", arguments: [files, sets] };
    const { failure, value } = await sandbox.run({ code: harness, entry });
    const error =
      failure?.limit === undefined ? failure?.message : limitText(failure.limit, timeMs);
    if (error === undefined)
      return sets.map((_, i) => outcomesOf(isList(value) ? value[i] : value));
    return sets.map((tests) =>
      Object.keys(tests).map((name) => ({ name, error: error.slice(0, maxError) })),
    );
  };
  return {
    run(files, sets) {
      const key = JSON.stringify([files, sets]);
      const found = known.get(key);
      if (found !== undefined) return found;
      const outcome = ran(files, sets);
      known.set(key, outcome);
      outcome.catch(() => known.delete(key));
      const [oldest] = known.keys();
      if (known.size > maxKnown) known.delete(oldest!);
      return outcome;
    },
    async close() {
      const open = sandbox;
      sandbox = undefined;
      await open?.close();
    },
  };
}

const limitText = (limit: string, timeMs: number): string =>
  limit === "time"
    ? `the tests did not end within ${timeMs / 1000} s`
    : `the tests passed the limit of ${limit}`;

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** What the sandbox gave, which the program under test may have spoiled. */
function outcomesOf(value: unknown): readonly TestOutcome[] {
  if (!isList(value)) return [{ name: "tests", error: "the tests gave no outcomes" }];
  return value.map((one): TestOutcome => {
    const { name, error } = isObject(one) ? one : {};
    if (typeof name !== "string") return { name: "tests", error: "the tests gave no outcomes" };
    return {
      name,
      ...(error !== undefined && { error: typeof error === "string" ? error : "it threw" }),
    };
  });
}
