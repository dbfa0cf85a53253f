/** What decides whether a repository is repaired: tests that are there, that failed, and that its program cannot answer for. */
import { afterAll, describe, expect, it } from "vitest";
import type { Action } from "../../ports/environment.ts";
import { sweEnvironment, sweTools } from "./environment.ts";
import { type SweTask, sweTask } from "./tasks.ts";

const tools = sweTools();
afterAll(() => Promise.all([tools.runner.close(), tools.shell.close()]));

/** Takes an action and hands in. */
async function play(given: SweTask, action: Action) {
  const environment = sweEnvironment({ tools });
  await environment.reset(given, 0);
  await environment.step(action);
  const { observation } = await environment.step({ name: "finalize" });
  return { observation, score: environment.score()! };
}

describe("tests that decide", () => {
  const withFiles = (source: string, test: string): SweTask =>
    sweTask(`it is wrong\n\n=== src/a.js\n${source}\n=== test/a.test.js\n${test}\n`);
  const failing = "const { a } = require(`../src/a.js`);\ntest(`a`, () => equal(a, 1));";

  it("must be there, and fail at the start", async () => {
    const environment = sweEnvironment({ tools });
    const opened = (test: string) => environment.reset(withFiles("exports.a = 2;", test), 0);
    await expect(opened("require(`../src/a.js`);")).rejects.toThrow(
      /SWE_PROBLEM_INVALID.*make no test/,
    );
    await expect(opened("test(`a`, () => equal(1, 1));")).rejects.toThrow(/all its tests pass/);
  });

  it.each([
    "Array.prototype.push = () => 0;",
    "Array.prototype.push = function () { this[0] = { name: `a` }; };",
    "Object.defineProperty(Array.prototype, 0, { set() {} });",
    "Object.prototype.toJSON = Array.prototype.toJSON = () => 0; exports.a = {};",
    "String.prototype.slice = () => undefined; globalThis.String = () => undefined;",
    "JSON.stringify = () => 1; globalThis.Error = Object; Array.prototype.map = () => [];",
    "Array.prototype[Symbol.iterator] = function* () {}; globalThis.runTests = () => `[[],[]]`;",
  ])("are not forged by a program that begins with %s", async (source) => {
    const patch = { name: "patch", argument: `src/a.js:1 ==> ${source}` };
    const { observation, score } = await play(withFiles("exports.a = 2;", failing), patch);
    expect(observation).toBe("0 of 1 hidden tests pass");
    expect(score).toMatchObject({ completion: 0, tests: 0 });
  });

  it("fail where their bodies are async, since nothing waits for them", async () => {
    const waiting = withFiles("exports.a = 1;", "test(`a`, async () => equal(1, 2));");
    const opening = await sweEnvironment({ tools }).reset(waiting, 0);
    expect(opening).toMatch(/failing: a: its body is async/);
  });

  it("may be more than at the start, where a file of them could not be loaded", async () => {
    const broken = withFiles("(", `${failing}\ntest(\`b\`, () => equal(a, 1));`);
    const repair = { name: "write", argument: "src/a.js\nexports.a = 1;" };
    const { observation } = await play(broken, repair);
    expect(observation).toBe("accepted");
  });
});

it("reads words of several paragraphs, and files as they are written", () => {
  const source = "exports.a = `x\n\n\ny`;\n";
  const read = sweTask(`first\n\nsecond === third\n\n=== src/a.js\n${source}=== test/a.js\n1\n`);
  expect(read.issue).toBe("first\n\nsecond === third");
  expect(read.files).toEqual({ "src/a.js": source, "test/a.js": "1\n" });
});
