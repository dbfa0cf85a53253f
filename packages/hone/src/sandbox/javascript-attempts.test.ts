/** Attempts on the JavaScript sandbox. */
import { expect } from "vitest";
import {
  type Attempt,
  describeAttempts,
  memoryLimit,
  noValue,
  soon,
  timeLimit,
} from "../../../../test/doubles/sandbox-attempts.ts";
import { javascriptSandbox } from "./javascript-sandbox.ts";

const main = { entry: { function: "main" } };
const fine = { exitCode: 0 };
const thrown = { exitCode: 1, failure: { kind: "exception" } };

/** A function whose result cannot be handed back. */
const returning = (title: string, value: string): Attempt => ({
  title: `returns ${title}`,
  code: `const main = () => (${value});`,
  given: main,
  expected: noValue,
});

const endings: readonly Attempt[] = [
  {
    title: "loops again when the loop is interrupted",
    code: "for (;;) try { for (;;); } catch { for (;;); } finally { for (;;); }",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "chains promises without an end",
    code: "const again = () => Promise.resolve().then(again); again();",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "leaves an interval running",
    code: "setInterval(() => {}, 1);",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "matches a catastrophic regular expression",
    code: "/^(a+)+$/.test('a'.repeat(50) + 'b');",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "computes where the interpreter asks for no interruption",
    code: "let n = 3n ** 2000000n; for (let i = 0; i < 20; i++) n = n * n;",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "blocks its thread",
    code: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
    expected: thrown,
  },
  {
    title: "calls itself without an end",
    code: "let depth = 0; const down = () => { depth++; down(); }; try { down(); } catch {} print(depth > 100);",
    expected: { ...fine, stdout: "true\n" },
  },
  {
    title: "nests JSON a million deep",
    code: "JSON.parse('['.repeat(1e6));",
    expected: thrown,
  },
  {
    title: "hangs in a getter of its result",
    code: "const main = () => ({ get a() { for (;;); } });",
    given: { ...soon, ...main },
    expected: timeLimit,
  },
  {
    title: "hangs in a getter of the error that it throws",
    code: "throw { get message() { for (;;); } };",
    given: soon,
    expected: { exitCode: expect.any(Number), failure: expect.anything() },
  },
  {
    title: "leaves a timer for after its end",
    code: "setTimeout(() => print('late'), 1); exit(0);",
    expected: { ...fine, stdout: "" },
  },
  {
    title: "goes on after exit",
    code: "try { exit(4); } finally { for (;;) print('.'); }",
    expected: { exitCode: 4, failure: { kind: "exit" } },
  },
];

const sizes: readonly Attempt[] = [
  {
    title: "doubles a string",
    code: "let s = 'x'; for (;;) s += s;",
    expected: { failure: expect.anything() },
  },
  {
    title: "takes memory and catches the refusal",
    code: "const all = []; for (;;) try { all.push(new ArrayBuffer(8_000_000)); } catch { all.length = 0; break; } print('caught');",
    expected: { ...fine, stdout: "caught\n" },
  },
  {
    title: "asks for a gigabyte at once",
    code: "new ArrayBuffer(2 ** 30);",
    expected: memoryLimit,
  },
  {
    title: "writes without an end",
    code: "const line = 'x'.repeat(65_535); for (;;) print(line);",
    given: { limits: { timeMs: 200, outputBytes: 100_000 } },
    expected: timeLimit,
    check: ({ stdout, cut }) => {
      expect(stdout).toHaveLength(100_000);
      expect(cut.stdout).toBeGreaterThan(500_000);
    },
  },
  {
    title: "fills the working folder and catches the refusal",
    code: "for (let i = 0; ; i++) try { writeFile('f' + i, 'x'.repeat(1e6)); } catch (error) { print(error.message.slice(0, 6)); break; }",
    expected: { stdout: "ENOSPC\n", failure: { kind: "limit", limit: "files" }, files: {} },
  },
  {
    title: "returns a value as large as its memory",
    code: "const main = () => 'x'.repeat(4_000_000);",
    given: main,
    expected: { failure: { kind: "limit", limit: "output" } },
  },
];

const reaches: readonly Attempt[] = [
  {
    title: "looks for the host's globals",
    code: "print(['process', 'require', 'module', 'fetch', 'WebSocket', 'XMLHttpRequest', 'WebAssembly', 'Worker', 'Buffer', 'Deno', 'Bun', 'std', 'os'].filter((name) => name in globalThis).length);",
    expected: { ...fine, stdout: "0\n" },
  },
  {
    title: "climbs constructors of its own and of given functions",
    code: "const climbs = [this, readFile, print, console.log, setTimeout, listFiles()]; print(climbs.map((one) => one.constructor.constructor('return typeof process + typeof require')()).join());",
    expected: { ...fine, stdout: `${Array(6).fill("undefinedundefined").join()}\n` },
  },
  {
    title: "takes the host's objects out of exceptions",
    code: "try { readFile('none'); } catch (error) { print(error instanceof Error, error.constructor === Error, error.constructor.constructor('return typeof process')(), /node_modules|\\.ts|file:/.test(error.stack)); }",
    expected: { ...fine, stdout: "true true undefined false\n" },
  },
  {
    title: "hands a given function an object that turns into something else",
    code: "let reads = 0; const path = { toString() { return reads++ === 0 ? 'a.txt' : '/etc/passwd'; } }; writeFile(path, 'x'); print(listFiles());",
    expected: { ...fine, stdout: '["a.txt"]\n' },
  },
  {
    title: "calls a given function with what is no text",
    code: "for (const value of [undefined, null, Symbol.iterator, {}, [], NaN]) try { readFile(value); print('read'); } catch (error) { print(error instanceof Error); }",
    expected: { ...fine, stdout: "true\n".repeat(6) },
  },
  ...["node:fs", "fs", "/etc/passwd", "file:///etc/passwd", "../../etc/passwd"].map((name) => ({
    title: `imports ${name}`,
    code: `await import(${JSON.stringify(name)}); export {};`,
    expected: thrown,
  })),
  ...["/etc/passwd", "/proc/self/environ", "../../etc/passwd", "/work/../etc/passwd", "a\0b"].map(
    (path) => ({
      title: `reads ${JSON.stringify(path)}`,
      code: `readFile(${JSON.stringify(path)});`,
      expected: { ...thrown, stderr: expect.stringContaining("ENOENT") },
    }),
  ),
  {
    title: "writes outside of the working folder",
    code: "for (const path of ['/tmp/x', '../x', '/work/../x', '', '/', 'a\\0b']) try { writeFile(path, 'x'); print(path); } catch (error) { print(error.message.slice(0, 6)); }",
    expected: { ...fine, stdout: "EACCES\n".repeat(6), files: {} },
  },
  {
    title: "waits for real time, or measures it",
    code: "const begin = Date.now(); for (let i = 0; i < 1000; i++) Math.sqrt(i); print(Date.now() - begin, new Date(0).getHours(), typeof performance);",
    expected: { ...fine, stdout: "1 0 undefined\n" },
  },
];

const results: readonly Attempt[] = [
  {
    title: "pollutes prototypes",
    code: "Object.prototype.failure = { kind: 'none' }; Object.prototype.exitCode = 7; Array.prototype.toJSON = () => 'no'; String.prototype.split = () => ['no']; Object.prototype.__proto__.x = 1;",
    expected: thrown,
    check: (result) => expect(result.exitCode).toBe(1),
  },
  ...["() => null", "() => undefined", "() => ({})", "() => { throw 1; }", "1"].map((toJson) => ({
    title: `gives every object toJSON = ${toJson}, and throws`,
    code: `Object.prototype.toJSON = ${toJson}; Array.prototype.toJSON = ${toJson}; String.prototype.toJSON = ${toJson}; throw new RangeError("odd");`,
    expected: { ...thrown, failure: { kind: "exception", name: "RangeError", message: "odd" } },
  })),
  {
    title: "throws an error with a message and a name of millions of characters",
    code: "throw Object.assign(new Error('x'.repeat(2e6)), { name: 'y'.repeat(2e6) });",
    given: { limits: { outputBytes: 1_000, fileBytes: 0, fileCount: 0 } },
    expected: thrown,
    check: ({ failure, stderr, cut }) => {
      expect(failure?.message).toMatch(/^x{16384}… \(2000000 characters\)$/);
      expect(failure).toMatchObject({ name: `${"y".repeat(256)}… (2000000 characters)` });
      expect(stderr.length + cut.stderr).toBeGreaterThan(4e6);
    },
  },
  {
    title: "throws an error that there is no memory to describe",
    code: "throw new Error('x'.repeat(12e6));",
    given: { limits: { memoryMb: 16 } },
    expected: { exitCode: 1, failure: { kind: "exception", name: "Error" } },
  },
  {
    title: "writes single characters under small limits",
    code: "for (let i = 0; i < 30_000; i++) print();",
    given: { limits: { outputBytes: 30_000, fileBytes: 0, fileCount: 0 } },
    expected: { ...fine, stdout: "\n".repeat(30_000) },
  },
  {
    title: "writes files with paths of millions of characters",
    code: "for (let i = 0; i < 5; i++) try { writeFile('x'.repeat(2e6) + i, ''); print('written'); } catch (error) { print(error.message.slice(0, 6)); }",
    given: { limits: { outputBytes: 1_000, fileBytes: 0, fileCount: 5 } },
    expected: { ...fine, stdout: "EACCES\n".repeat(5), files: {} },
  },
  {
    title: "takes memory in a getter of the error that it throws",
    code: "throw { get message() { try { new ArrayBuffer(100e6); return 'taken'; } catch { return 'refused'; } } };",
    given: { limits: { memoryMb: 16 } },
    expected: { ...thrown, failure: { kind: "exception", message: "refused" } },
  },
  {
    title: "pollutes prototypes by keys of its result and names of its files",
    code: 'const main = () => { writeFile(\'__proto__\', \'x\'); return JSON.parse(\'{"__proto__": {"isAdmin": true}, "constructor": {"prototype": 1}}\'); };',
    given: main,
    expected: fine,
    check: ({ value, files }) => {
      expect("isAdmin" in Object(value)).toBe(false);
      expect(Object.keys(files)).toEqual(["__proto__"]);
      expect(Object.getPrototypeOf(files)).toBe(Object.prototype);
    },
  },
  {
    title: "replaces what turns its result into JSON",
    code: "JSON.stringify = () => '}{'; Array.isArray = () => true; Object.keys = () => []; const main = () => ({ a: 1 });",
    given: main,
    expected: { ...fine, value: { a: 1 } },
  },
  returning("a circle", "(() => { const a = {}; a.a = a; return a; })()"),
  returning("a BigInt", "1n"),
  returning("a function", "{ f() {} }"),
  returning("NaN", "[1, NaN]"),
  returning("a Map, which JSON would show empty", "new Map([[1, 2]])"),
  returning("a symbol", "Symbol('s')"),
  returning("a promise that never settles", "new Promise(() => {})"),
  returning("lists nested a thousand deep", "JSON.parse('['.repeat(1000) + ']'.repeat(1000))"),
  {
    title: "returns a promise that is rejected",
    code: "const main = async () => { throw new RangeError('late'); };",
    given: main,
    expected: { ...thrown, failure: { kind: "exception", name: "RangeError", message: "late" } },
  },
  {
    title: "writes and reads null characters",
    code: "writeFile('a', 'x\\0y'); print(readFile('a') + readStdin());",
    given: { stdin: "\0z" },
    expected: { ...fine, stdout: "x\0y\0z\n" },
  },
  {
    title: "writes half of a character",
    code: "print('\\ud800' + 'x');",
    expected: { ...fine, stdout: "\uFFFDx\n" },
  },
];

describeAttempts(
  "quickjs",
  () => javascriptSandbox({ limits: { timeMs: 60_000, memoryMb: 64 }, size: 1 }),
  {
    attempts: [...endings, ...sizes, ...reaches, ...results],
    harmless: "print(1 + 1);",
  },
);
