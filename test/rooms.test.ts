/**
 * The map of rooms and arrows, checked: every import of every source file follows an arrow of the table, and every
 * third-party package is imported from one room. An arrow that is not here is forbidden.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../packages/hone/src");

const all = "*";

/** room → rooms it may import. `ports` may take types of `tensor` only; it takes none today. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  core: [],
  tensor: ["core"],
  ports: ["core", "tensor"],
  formats: ["core"],
  text: ["core", "ports"],
  engine: ["core", "tensor", "ports", "formats", "text"],
  remote: ["core", "ports", "formats"],
  store: ["core", "ports", "formats"],
  messages: ["core"],
  recording: ["core", "ports", "formats", "messages"],
  hooks: ["core", "ports", "messages", "recording"],
  otel: ["core", "ports", "formats", "messages", "recording"],
  sandbox: ["core", "ports"],
  data: ["core", "ports", "formats", "messages"],
  rewards: ["core", "ports"],
  algorithms: ["core", "ports"],
  agents: ["core", "ports"],
  environments: ["core", "ports"],
  rollouts: ["core", "ports"],
  evaluation: ["core", "ports"],
  runs: ["core", "ports", "formats"],
  domains: ["core", "ports", "rewards", "environments", "agents", "data", "sandbox"],
  server: ["core", "ports", "formats", "messages"],
  testing: ["core", "ports", "tensor", "environments"],
  app: [all],
  cli: ["app", "core", "ports"],
  entrance: [all],
};

/** Third-party package → the rooms that may import it. More than one needs its reason here. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "onnxruntime-node": ["engine"],
  "@huggingface/tokenizers": ["text"],
  commander: ["cli"],
  // Tools: arguments checked by their schema; tools of other packages, which are optional and loaded when they are used.
  "@cfworker/json-schema": ["agents"],
  "@modelcontextprotocol/client": ["agents"],
  "@modelcontextprotocol/server": ["agents"],
  ai: ["agents"],
  kysely: ["store"],
  pg: ["store"],
  "csv-parse": ["data"],
  // Documents of users are read by it, and a run's report becomes a page.
  "markdown-it": ["runs", "data"],
  htmlparser2: ["data"],
  turndown: ["data"],
  "robots-parser": ["data"],
  hyparquet: ["data"],
  "hyparquet-compressors": ["data"],
  "hyparquet-writer": ["data"],
  // Both name the line and column of what is wrong in a user's file: app in a config file, data in a line of JSON.
  yaml: ["app", "data"],
  // Schemas live in formats; app, data and server check a user's config, data and requests with schemas of their own.
  zod: ["formats", "app", "data", "server"],
  hono: ["server"],
  "@hono/node-server": ["server"],
  "@hono/zod-openapi": ["server"],
  // Two wire formats: ONNX models (engine) and TensorBoard events (formats).
  "@bufbuild/protobuf": ["engine", "formats"],
  "quickjs-emscripten-core": ["sandbox"],
  "@jitl/quickjs-wasmfile-release-sync": ["sandbox"],
  // Installed by those who run Python or shell scripts.
  pyodide: ["sandbox"],
  "just-bash": ["sandbox"],
  // Contract suites are tests that users run too.
  vitest: ["testing"],
};

/**
 * Folders inside a room, from the bottom up: folder → folders it may import. Of the engine, "engine.ts" opens it, and files of
 * the calls between the threads (`calls`) know what lives in the worker by its interfaces alone.
 */
const folders: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  algorithms: {
    // What methods of every kind share: advantages, masks, rows, guards, optimizer.
    blocks: [],
    // Those that learn from the policy's own rollouts read and report them as policy gradients do.
    supervised: ["blocks", "policy-gradient"],
    preferences: ["blocks"],
    "policy-gradient": ["blocks"],
    // They change words, not weights.
    prompts: ["blocks"],
  },
  engine: {
    onnx: [],
    runtime: ["onnx"],
    models: [],
    weights: ["models"],
    lora: ["models", "weights"],
    optimizer: ["runtime"],
    training: ["models", "weights", "lora", "optimizer", "runtime", "grammar"],
    // Formats of replies: which tokens may follow.
    grammar: [],
    sampler: ["models", "lora", "runtime", "grammar"],
    // llama.cpp's file format, both ways.
    gguf: ["models", "weights", "lora"],
    // Work on model folders that runs no model: making, merging, copying, measuring.
    "model-files": ["models", "weights", "lora", "training"],
    hub: ["weights", "gguf"],
    calls: ["models", "lora", "runtime"],
    worker: ["calls", "models", "weights", "lora", "runtime", "training", "sampler", "grammar"],
    clients: ["calls", "models", "lora"],
    // "hub" for GGUF files, which are imported into the cache; "model-files" for the models that would fit.
    "engine.ts": ["calls", "clients", "models", "worker", "hub", "model-files"],
  },
};

/** Rooms whose files import each other in one direction only, types included. */
const withoutCycles: readonly string[] = ["core", "ports", "tensor", "engine", "algorithms"];

/** Floors: app may name everything below it, not the command line above it. */
const above: Readonly<Record<string, readonly string[]>> = {
  app: ["cli", "entrance"],
  entrance: ["cli"],
};

/** Rooms that every test may import: doubles and contracts, and the schemas that say whether a value can be stored. */
const helpsTests: readonly string[] = ["testing", "formats"];

interface Import {
  readonly file: string;
  readonly target: string;
}

const IMPORTS = [
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/gms,
  /^\s*import\s*["']([^"']+)["']/gm,
  /\bimport\(\s*["']([^"']+)["']\s*\)/g,
  /new URL\(\s*["'](\.[^"']+)["']\s*,\s*import\.meta\.url\s*\)/g,
  /new URL\(\s*`(\.[^`]+)`\s*,\s*import\.meta\.url\s*\)/g,
];

/** Every import of a source text: static, dynamic, for its side effects, and workers named by URL. */
function importsOf(file: string, source: string): Import[] {
  return IMPORTS.flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => ({ file, target: match[1]! })),
  );
}

/** A file straight under src/ is an entrance of the package. */
const roomOf = (path: string): string => (path.includes("/") ? path.split("/")[0]! : "entrance");

function violation({ file, target }: Import): string | undefined {
  const room = roomOf(file);
  const isTest = file.endsWith(".test.ts");
  if (target.startsWith(".")) {
    const other = relative(root, join(root, dirname(file), target));
    // Files that are the same for src/ and dist/: the version, the command, what is preloaded into other programs, what `hone init`
    // copies, and the built page of `hone ui`.
    const alike = ["package.json", join("bin", "hone.js"), join("bin", "register.js"), "templates"];
    alike.push(join("dist", "dashboard"));
    if (alike.includes(relative("..", other))) return undefined;
    if (other.startsWith("..")) return isTest ? undefined : `${file} leaves the package: ${target}`;
    const otherRoom = roomOf(other);
    const allowed = rooms[room] ?? [];
    const isAllowed = allowed.includes(all)
      ? !(above[room] ?? []).includes(otherRoom)
      : allowed.includes(otherRoom);
    const isHelp = isTest && helpsTests.includes(otherRoom);
    return otherRoom === room || isAllowed || isHelp ? undefined : `${file} → ${other}`;
  }
  if (target.startsWith("node:") || isTest) return undefined;
  const name = target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
  return packages[name]?.includes(room) ? undefined : `${file} → package ${name}`;
}

const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

/** Tests and what only they use may look anywhere in their room. */
const isForTests = (file: string): boolean => /(\.test|-fixture)\.ts$/.test(file);

/** An arrow between the folders of a room that is not in the table. */
function folderViolation({ file, target }: Import): string | undefined {
  if (!target.startsWith(".")) return undefined;
  const other = join(dirname(file), target);
  const table = folders[roomOf(file)];
  if (isForTests(file) || table === undefined || roomOf(other) !== roomOf(file)) return undefined;
  const [from, to] = [file.split("/")[1]!, other.split("/")[1]!];
  return from === to || table[from]?.includes(to) ? undefined : `${file} → ${other}`;
}

/** The first ring of files that import each other, as the way round it; undefined where there is none. */
function cycleIn(imports: readonly Import[]): readonly string[] | undefined {
  const targets = Map.groupBy(
    imports.filter(({ target }) => target.startsWith(".")),
    ({ file }) => file,
  );
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { target } of targets.get(file) ?? []) {
      const found = walk(join(dirname(file), target), [...way, file]);
      if (found !== undefined) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const found = walk(file, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

const importsOfAll = (files: readonly string[]): Import[] =>
  files.flatMap((file) => importsOf(file, readFileSync(join(root, file), "utf8")));

describe("rooms", () => {
  it("has a row for every room", () => {
    expect([...new Set(sources.map(roomOf))].filter((room) => !(room in rooms))).toEqual([]);
  });

  it("lets every import follow an arrow of the map", () => {
    const imports = importsOfAll(sources);
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.flatMap((one) => violation(one) ?? [])).toEqual([]);
  });

  it("sees a forbidden import in every form", () => {
    const planted = [
      'import { grpo } from "../algorithms/grpo.ts";',
      'export type { Engine } from "../engine/engine.ts";',
      'import "../engine/engine.ts";',
      'const late = await import("../engine/engine.ts");',
      'const worker = new Worker(new URL("../engine/worker/engine-worker.ts", import.meta.url));',
      'import ort from "onnxruntime-node";',
    ];
    for (const line of planted) {
      const found = importsOf("core/planted.ts", line).flatMap((one) => violation(one) ?? []);
      expect(found, line).toHaveLength(1);
    }
  });

  it("allows what the table allows", () => {
    expect(
      violation({ file: "algorithms/grpo.ts", target: "../ports/algorithm.ts" }),
    ).toBeUndefined();
    expect(violation({ file: "app/open.ts", target: "../engine/engine.ts" })).toBeUndefined();
    expect(violation({ file: "app/open.ts", target: "../cli/main.ts" })).toBe(
      "app/open.ts → cli/main.ts",
    );
  });

  it("has arrows between the folders of a room, and files that import each other in one direction", () => {
    const imports = importsOfAll(sources);
    expect(imports.flatMap((one) => folderViolation(one) ?? [])).toEqual([]);
    const inside = importsOfAll(
      sources.filter((file) => withoutCycles.includes(roomOf(file)) && !isForTests(file)),
    );
    expect(cycleIn(inside)).toBeUndefined();
  });

  it("sees a forbidden arrow inside a room, and a cycle", () => {
    const planted = { file: "engine/runtime/session.ts", target: "../training/trainer.ts" };
    expect(folderViolation(planted)).toBe("engine/runtime/session.ts → engine/training/trainer.ts");
    expect(folderViolation({ ...planted, file: "engine/runtime/session.test.ts" })).toBeUndefined();
    expect(folderViolation({ file: "engine/new/a.ts", target: "../models/rope.ts" })).toBeDefined();
    const [a, b] = ["tensor/a.ts", "tensor/b.ts"];
    const ring = [
      { file: a, target: "./b.ts" },
      { file: b, target: "./a.ts" },
    ];
    expect(cycleIn(ring)).toEqual([a, b, a]);
    expect(cycleIn(ring.slice(1))).toBeUndefined();
  });
});
