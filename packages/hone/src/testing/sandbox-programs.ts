/** Programs of the sandbox contract, the same tasks in each language. */
import type { SandboxLanguage } from "../ports/sandbox.ts";

/** A program for each promise; what it is to do is its field's comment. */
export interface ContractPrograms {
  /** Writes the line "out" to stdout and the line "err" to stderr. */
  readonly prints: string;
  /** Ends itself with exit code 3. */
  readonly exits: string;
  /** Fails by itself: an uncaught error, or in a shell a command that does not exist. */
  readonly fails: string;
  /** Writes its standard input to stdout. */
  readonly copiesInput: string;
  /** Appends "b" to the file `in.txt`, writes "new" to `made/out.txt`, removes `gone.txt`, leaves `kept.txt`. */
  readonly changesFiles: string;
  /** Never ends. */
  readonly loops: string;
  /** Takes memory until there is none. */
  readonly takesMemory: string;
  /** Writes 5,000 lines "0123456789" to stdout. */
  readonly floods: string;
  /** Writes 20 files of a byte each, and goes on where that is refused. */
  readonly writesFiles: string;
  /** Sets something that lives as long as the interpreter, and writes the file `left.txt`. */
  readonly leaves: string;
  /** Writes "found" to stdout where `leaves` has left something, else "nothing". */
  readonly finds: string;
  /** Writes random numbers and the time in whole seconds to stdout; absent where both are the system's. */
  readonly randomAndTime?: string;
  /** Writes a byte to stdout that is no UTF-8, then "x"; absent where a program writes texts only. */
  readonly writesBytes?: string;
  /** Defines `add(a, b)`, `nothing()`, which returns nothing, and `circle()`, whose result holds itself; absent without functions. */
  readonly defines?: string;
}

const shell = {
  prints: "echo out; echo err >&2",
  exits: "exit 3",
  fails: "no_such_command",
  copiesInput: "cat",
  changesFiles: "printf b >> in.txt; mkdir made; printf new > made/out.txt; rm gone.txt",
  loops: "while true; do :; done",
  floods: "printf '0123456789\\n%.0s' $(seq 5000)",
  writesFiles: "i=0; while [ $i -lt 20 ]; do printf x > f$i; i=$((i+1)); done; true",
  leaves: "left=1; export left; echo left > left.txt; echo left > /tmp/left.txt; true",
  finds:
    'if [ -n "$left" ] || [ -e left.txt ] || [ -e /tmp/left.txt ]; then printf found; else printf nothing; fi',
  writesBytes: "printf '\\377x'",
} as const;

export const contractPrograms: Readonly<Record<SandboxLanguage, ContractPrograms>> = {
  javascript: {
    prints: 'console.log("out"); console.error("err");',
    exits: "exit(3);",
    fails: 'throw new TypeError("of the program");',
    copiesInput: 'for (const line of readStdin().split("\\n").filter(Boolean)) print(line);',
    changesFiles:
      'writeFile("in.txt", readFile("in.txt") + "b"); writeFile("made/out.txt", "new"); removeFile("gone.txt");',
    loops: "for (;;);",
    takesMemory: "const all = []; for (;;) all.push(new Uint8Array(4_000_000));",
    floods: 'for (let i = 0; i < 5000; i++) print("0123456789");',
    writesFiles: 'for (let i = 0; i < 20; i++) try { writeFile("f" + i, "x"); } catch {}',
    leaves: 'globalThis.left = 1; Array.prototype.left = 1; writeFile("left.txt", "left");',
    finds:
      'const isLeft = globalThis.left || [].left || listFiles().length > 0; print(isLeft ? "found" : "nothing");',
    randomAndTime: "print(Math.random(), Math.random(), Math.floor(Date.now() / 1000));",
    defines:
      "function add(a, b) { return a + b; } const nothing = () => {}; const circle = () => { const list = []; list.push(list); return list; };",
  },
  python: {
    prints: 'import sys\nprint("out")\nprint("err", file=sys.stderr)',
    exits: "import sys\nsys.exit(3)",
    fails: 'raise TypeError("of the program")',
    copiesInput: 'import sys\nprint(sys.stdin.read(), end="")',
    changesFiles:
      'import os\nopen("in.txt", "a").write("b")\nos.mkdir("made")\nopen("made/out.txt", "w").write("new")\nos.remove("gone.txt")',
    loops: "while True:\n    pass",
    takesMemory: "every = []\nwhile True:\n    every.append(bytearray(1_000_000))",
    floods: 'for _ in range(5000):\n    print("0123456789")',
    writesFiles: 'for i in range(20):\n    open(f"f{i}", "w").write("x")',
    leaves:
      'import builtins\nbuiltins.left = 1\nopen("left.txt", "w").write("left")\nopen("/tmp/left.txt", "w").write("left")',
    finds:
      'import builtins, os\nis_left = hasattr(builtins, "left") or os.path.exists("left.txt") or os.path.exists("/tmp/left.txt")\nprint("found" if is_left else "nothing", end="")',
    randomAndTime:
      "import os, random, time\nprint(random.random(), os.urandom(4).hex(), hash('x'), int(time.time()))",
    writesBytes: 'import sys\nsys.stdout.buffer.write(b"\\xffx")',
    defines:
      "def add(a, b):\n    return a + b\ndef nothing():\n    pass\ndef circle():\n    every = []\n    every.append(every)\n    return every",
  },
  shell: {
    ...shell,
    // A variable that doubles until there is no memory.
    takesMemory: 'x=0123456789; while true; do x="$x$x"; done',
    randomAndTime: "echo $RANDOM $RANDOM; date +%s",
  },
  process: {
    ...shell,
    takesMemory: 'x=0123456789; while true; do x="$x$x"; done',
  },
};
