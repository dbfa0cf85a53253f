/**
 * Runs the tests of repositories in a sandbox: JavaScript files with `require` and `exports`, test files with `test(name, function)` and
 * `equal(actual, expected)`. Tests that do not end, or use too much memory, have failed. Outcomes are cached by the files' content.
 */
import { createHash } from "node:crypto";
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

/**
 * The program in the sandbox: `runTests(files, sets)` gives as JSON for each set a list of `{ name, error? }`.
 *
 * The repository runs in the same realm, and may replace whatever it reaches. So the harness takes what it needs before the repository
 * runs, calls no method of a prototype after, and writes outcomes by index into lists and objects without a prototype.
 */
const harness = `
const runTests = (() => {
  const { stringify } = JSON;
  const { create, hasOwn, keys, setPrototypeOf } = Object;
  const [text, Program, Failure, lists] = [String, Function, Error, Array.prototype];
  const { call } = Function.prototype;
  const [split, push, pop, join] = ["".split, lists.push, lists.pop, lists.join].map((one) => call.bind(one));
  const bare = () => setPrototypeOf([], null);
  const said = (error) => { try { return text(error.name) + ": " + text(error.message); } catch { return "it threw"; } };
  const shown = (value) => { const json = stringify(value); return json === undefined ? text(value) : json; };
  const isThenable = (value) => value !== null && typeof value === "object" && typeof value.then === "function";
  const joined = (folder, name) => {
    const parts = bare(), names = split(folder + "/" + name, "/");
    for (let i = 0; i < names.length; i++) {
      if (names[i] === "..") pop(parts);
      else if (names[i] !== "." && names[i] !== "") push(parts, names[i]);
    }
    return join(parts, "/");
  };
  const loader = (files, test, equal) => {
    const loaded = create(null);
    const load = (path) => {
      const found = hasOwn(files, path) ? path : hasOwn(files, path + ".js") ? path + ".js" : path + "/index.js";
      if (!hasOwn(files, found)) throw new Failure("there is no file " + path);
      if (loaded[found] !== undefined) return loaded[found].exports;
      const module = { exports: {} };
      loaded[found] = module;
      const run = new Program("require", "exports", "module", "test", "equal", files[found]);
      run((name) => load(joined(found + "/..", name)), module.exports, module, test, equal);
      return module.exports;
    };
    return load;
  };
  const equal = (actual, expected) => {
    if ("toJSON" in lists) throw new Failure("the program changed how all values are compared");
    const got = shown(actual), wanted = shown(expected);
    if (got !== wanted) throw new Failure("got " + got + ", not " + wanted);
  };
  const runSet = (files, tests) => {
    const outcomes = bare();
    const failed = (name, error) => { outcomes[outcomes.length] = { __proto__: null, name, error: said(error) }; };
    const test = (given, body) => {
      const name = text(given);
      try {
        if (isThenable(body())) throw new Failure("its body is async, and tests are not waited for");
        outcomes[outcomes.length] = { __proto__: null, name };
      } catch (error) { failed(name, error); }
    };
    const paths = keys(tests);
    for (let i = 0; i < paths.length; i++) {
      try { loader({ ...files, ...tests }, test, equal)(paths[i]); }
      catch (error) { failed(paths[i], error); }
    }
    return outcomes;
  };
  return (files, sets) => {
    const all = bare();
    for (let i = 0; i < sets.length; i++) all[i] = runSet(files, sets[i]);
    return stringify(all);
  };
})();`;

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
    if (error === undefined) {
      const all: unknown = typeof value === "string" ? JSON.parse(value) : undefined;
      return sets.map((_, i) => outcomesOf(isList(all) ? all[i] : undefined));
    }
    return sets.map((tests) =>
      Object.keys(tests).map((name) => ({ name, error: error.slice(0, maxError) })),
    );
  };
  return {
    run(files, sets) {
      const key = createHash("sha256")
        .update(JSON.stringify([files, sets]))
        .digest("base64");
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
      ...(error !== undefined && {
        error: typeof error === "string" ? error.slice(0, maxError) : "it threw",
      }),
    };
  });
}
