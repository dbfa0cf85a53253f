/** Both suites in one file, so that Python's snapshot is made once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import {
  type Attempt,
  describeAttempts,
  memoryLimit,
  noValue,
  soon,
  timeLimit,
} from "../../../../test/doubles/sandbox-attempts.ts";
import { sandboxContract } from "../testing/sandbox-contract.ts";
import { pythonSandbox } from "./python-sandbox.ts";

const cacheFolder = mkdtempSync(join(tmpdir(), "hone-python-test-"));
afterAll(() => rmSync(cacheFolder, { recursive: true, force: true }));

sandboxContract("pyodide", {
  open: (limits) => pythonSandbox({ limits, size: 2, maxUses: 100, cacheFolder }),
});

const main = { entry: { function: "main" } };
const fine = { exitCode: 0 };
const raised = (name: string) => ({ exitCode: 1, failure: { kind: "exception", name } });

/** A line that must raise; many of them share a run, since an interpreter costs most of what an attempt does. */
const refused = (title: string, line: string, error: string) => ({ title, line, error });

const refusals = [
  refused("imports js", "import js", "ModuleNotFoundError"),
  refused("imports pyodide_js", "from pyodide_js import FS", "ModuleNotFoundError"),
  refused("imports pyodide.code", "from pyodide.code import run_js", "ModuleNotFoundError"),
  refused("imports _pyodide_core", "import _pyodide_core", "ModuleNotFoundError"),
  refused("imports micropip", "import micropip", "ModuleNotFoundError"),
  refused("imports pyodide.http", "import pyodide.http", "ModuleNotFoundError"),
  refused("opens a socket to the host", "socket.create_connection(('127.0.0.1', 80))", "OSError"),
  refused("fetches a page", "urllib.request.urlopen('http://127.0.0.1/')", "URLError"),
  refused("starts a process", "subprocess.run(['id'])", "OSError"),
  refused("forks", "os.fork()", "OSError"),
  refused("replaces its process", "os.execv('/bin/sh', ['sh'])", "OSError"),
  refused("starts a thread", "threading.Thread(target=print).start()", "RuntimeError"),
  refused("reads /etc/passwd", "open('/etc/passwd').read()", "FileNotFoundError"),
  refused("reads above the working folder", "open('../../etc/passwd').read()", "FileNotFoundError"),
  refused(
    "reads the environment in /proc",
    "open('/proc/self/environ').read()",
    "FileNotFoundError",
  ),
  refused(
    "reads hone's own package",
    `open(${JSON.stringify(import.meta.filename)}).read()`,
    "FileNotFoundError",
  ),
  refused(
    "follows a link out",
    "os.symlink('/etc/passwd', 'link'); open('link').read()",
    "FileNotFoundError",
  ),
  refused("names a file with a null byte", "open('a\\0b', 'w')", "ValueError"),
  refused("mounts the host's files", "os.mount('/', '/mnt')", "AttributeError"),
  refused("calls itself without an end", "(lambda f: f(f))(lambda f: f(f))", "RecursionError"),
  refused(
    "calls system of the C library",
    "sys.exit('ran') if ctypes.CDLL(None).system(b'id') == 0 else 1 / 0",
    "ZeroDivisionError",
  ),
] as const;

const batch = [
  "import ctypes, json, os, socket, subprocess, sys, threading, urllib.request",
  "outcomes = []",
  `for line in json.loads(${JSON.stringify(JSON.stringify(refusals.map(({ line }) => line)))}):`,
  "    try:",
  "        exec(line)",
  "        outcomes.append('went through')",
  "    except BaseException as error:",
  "        outcomes.append(' '.join(one.__name__ for one in type(error).__mro__))",
  "def main(): return outcomes",
].join("\n");

const attempts: readonly Attempt[] = [
  {
    title: "loops and catches every exception",
    code: "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "matches a catastrophic regular expression",
    code: "import re\nre.match(r'^(a+)+$', 'a' * 50 + 'b')",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "computes for long inside of C",
    code: "10 ** 10 ** 8",
    given: soon,
    expected: timeLimit,
  },
  {
    title: "doubles a string",
    code: "s = 'x'\nwhile True: s += s",
    expected: memoryLimit,
  },
  {
    title: "takes memory and catches the refusal",
    code: "every = []\ntry:\n    while True: every.append(bytearray(8_000_000))\nexcept MemoryError:\n    every.clear()\nprint('caught')",
    expected: { ...fine, stdout: "caught\n" },
  },
  {
    title: "writes without an end",
    code: "line = 'x' * 65_535\nwhile True: print(line)",
    given: { limits: { timeMs: 200, outputBytes: 100_000 } },
    expected: timeLimit,
    check: ({ stdout, cut }) => {
      expect(stdout).toHaveLength(100_000);
      expect(cut.stdout).toBeGreaterThan(500_000);
    },
  },
  {
    title: "fills the disk in memory",
    code: "with open('/tmp/large', 'wb') as file:\n    while True: file.write(b'x' * 1_000_000)",
    given: { limits: { fileBytes: 1_000_000 } },
    expected: { failure: { kind: "limit", limit: "files" }, files: {} },
  },
  {
    title: "fills the disk by files that are written at once",
    code: "for i in range(5): open(f'/tmp/{i}', 'wb', 0).write(bytes(8_000_000))",
    given: { limits: { fileBytes: 1_000_000 } },
    expected: { failure: { kind: "limit", limit: "files" }, files: {} },
  },
  {
    title: "fills the disk by making a file longer",
    code: "open('/tmp/large', 'wb').truncate(80_000_000)",
    given: { limits: { fileBytes: 1_000_000 } },
    expected: { failure: { kind: "limit", limit: "files" }, files: {} },
  },
  {
    title: "makes files without an end",
    code: "for i in range(10_000_000): open(f'f{i}', 'w').close()",
    expected: { failure: { kind: "limit", limit: "files" }, files: {} },
  },
  {
    title: "asks the system for a shell",
    code: "import os\nprint(os.system('id'), os.system('cat /etc/passwd'))",
    expected: { ...fine, stdout: "32512 32512\n" },
  },
  {
    title: "listens on a port",
    code: "import socket\nsocket.create_server(('127.0.0.1', 0)).accept()",
    expected: { exitCode: 1, failure: { kind: "exception", name: "SystemError" } },
  },
  {
    title: "sees the environment of the host",
    code: "import os\nprint(sorted(os.environ))",
    expected: { ...fine, stdout: "['HOME', 'LANG', 'TZ']\n" },
  },
  {
    title: "finds JavaScript's objects among Python's, and climbs their constructors",
    code: [
      "import gc",
      "climbed = set()",
      "for one in gc.get_objects() + [x for o in gc.get_objects() for x in gc.get_referents(o)]:",
      "    if 'JsProxy' not in str(type(one)): continue",
      "    try: climbed.add(str(one.constructor.constructor('return process')()))",
      "    except BaseException as error: climbed.add(type(error).__name__)",
      "print(sorted(climbed - {'AttributeError', 'JsException', 'TypeError'}))",
    ].join("\n"),
    expected: { ...fine, stdout: "[]\n" },
  },
  {
    title: "ends the interpreter",
    code: "import os\nprint('before', flush=True)\nos._exit(5)",
    expected: { exitCode: 5, failure: { kind: "exit" }, stdout: "before\n" },
  },
  {
    title: "writes over the interpreter's memory",
    code: "import ctypes\nctypes.memset(0, 255, 2**31 - 1)",
    expected: { exitCode: 1, failure: { kind: "exception", name: "SystemError" } },
  },
  {
    title: "writes over what turns its result into JSON",
    code: "import json, math, builtins\njson.dumps = lambda *_: '}{'\nbuiltins.isinstance = lambda *_: True\ndef main(): return {'a': 1}",
    given: main,
    expected: { exitCode: expect.any(Number) },
    check: ({ value, failure }) => expect(value ?? failure?.kind).toBeDefined(),
  },
  ...(
    [
      ['{"kind":"ok","value":"garbage"}', { exitCode: 1, failure: { kind: "value" } }],
      ['{"kind":"limit"}', raised("SystemError")],
      ['{"kind":"exit","code":"x"}', raised("SystemError")],
      ["garbage", raised("SystemError")],
    ] as const
  ).map(([outcome, expected]) => ({
    title: `makes Python's JSON say ${outcome}`,
    code: `import json\ndef main():\n    json._default_encoder.encode = lambda o: '${outcome}'\n    return 1`,
    given: main,
    expected,
  })),
  {
    title: "raises an error with a message of millions of characters",
    code: "raise type('E' * 2_000_000, (Exception,), {})('x' * 2_000_000)",
    given: { limits: { outputBytes: 1_000, fileBytes: 0, fileCount: 0 } },
    expected: { exitCode: 1, failure: { kind: "exception" } },
  },
  {
    title: "sleeps for a year",
    code: "import time\nbegin = time.time()\ntime.sleep(365 * 86_400)\nprint(int(time.time() - begin))",
    expected: { ...fine, stdout: "31536000\n" },
  },
  {
    title: "waits for what never comes",
    code: "import asyncio\nasync def main(): await asyncio.Future()",
    given: main,
    expected: noValue,
  },
  ...(
    [
      ["NaN", "[1, float('nan')]"],
      ["a set", "{1, 2}"],
      ["a function", "main"],
      ["an integer that JSON's readers cut", "2**53"],
      ["keys that are no texts", "{1: 2}"],
    ] as const
  ).map(([title, value]) => ({
    title: `returns ${title}`,
    code: `def main(): return ${value}`,
    given: main,
    expected: noValue,
  })),
  {
    title: "raises an error whose text raises",
    code: "class Odd(Exception):\n    def __str__(self): raise self\nraise Odd()",
    expected: raised("Odd"),
  },
  {
    title: "closes its streams",
    code: "import sys\nsys.stdout.close()\nsys.stderr.close()\nraise ValueError('unseen')",
    expected: raised("ValueError"),
  },
];

describeAttempts(
  "pyodide",
  () =>
    pythonSandbox({
      limits: { timeMs: 60_000, memoryMb: 96 },
      size: 1,
      maxUses: 100,
      cacheFolder,
    }),
  {
    attempts,
    batch: {
      code: batch,
      given: main,
      refusals,
    },
    harmless: "print(1 + 1)",
  },
);
