import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type FakeHub,
  type FakeModel,
  hashOf,
  startFakeHub,
} from "../../../../../test/doubles/fake-hub.ts";
import type { HubProgress } from "./download-model.ts";
import { cachedModels, clearCachedModel } from "./hub-cache.ts";
import { type ResolveOptions, resolveModel } from "./resolve-model.ts";

const commit = "1".repeat(40);
const weights = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 31) % 251));
const model: FakeModel = {
  id: "org/name",
  commit,
  files: {
    "README.md": "never fetched",
    "config.json": '{"model_type":"qwen2"}',
    "tokenizer.json": "{}",
    "model.safetensors": weights,
    "consolidated.safetensors": Buffer.alloc(2000),
    "pytorch_model.bin": "never fetched",
  },
};

let home: string;
let hub: FakeHub;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "hone-hub-"));
  hub = await startFakeHub(model);
});
afterEach(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

const environment = (more: Record<string, string> = {}) => ({
  HF_HOME: home,
  HF_ENDPOINT: hub.endpoint,
  ...more,
});
const resolve = (name = "org/name", options: ResolveOptions = {}) =>
  resolveModel(name, { environment: environment(), retryDelaysMs: [1, 1], ...options });
const repository = () => join(home, "hub", "models--org--name");
const blob = () => join(repository(), "blobs", hashOf(weights));
const fetched = () => hub.log.filter(({ host }) => host === "storage");

describe("a download", () => {
  it("fills the ordinary Hugging Face cache with the files a model needs, and no others", async () => {
    const { folder, source } = await resolve();
    expect(source).toBe("hub");
    expect(folder).toBe(join(repository(), "snapshots", commit));
    expect((await readdir(folder)).toSorted()).toEqual([
      "config.json",
      "model.safetensors",
      "tokenizer.json",
    ]);
    expect(await readFile(join(folder, "model.safetensors"))).toEqual(weights);
    expect(await readlink(join(folder, "model.safetensors"))).toBe(
      `../../blobs/${hashOf(weights)}`,
    );
    expect(await readFile(join(repository(), "refs", "main"), "utf8")).toBe(commit);
    expect(await readdir(join(home, "hub", ".locks"))).toEqual([]);
    expect((await readdir(join(repository(), "blobs"))).toSorted()).toEqual(
      ["config.json", "tokenizer.json", "model.safetensors"]
        .map((name) => hashOf(Buffer.from(model.files[name]!)))
        .toSorted(),
    );
  });

  it("happens once: a second call asks for the commit and fetches nothing, a commit's name asks nothing", async () => {
    const { folder } = await resolve();
    hub.log.length = 0;
    expect(await resolve()).toEqual({ folder, commit, source: "cache" });
    expect(hub.log.map(({ line }) => line)).toEqual(["GET /api/models/org/name/revision/main"]);
    hub.log.length = 0;
    expect((await resolve(`org/name@${commit}`)).folder).toBe(folder);
    expect(hub.log).toEqual([]);
  });

  it("takes shards from the index, and remembers a revision with a slash", async () => {
    const map = {
      weight_map: { a: "model-1.safetensors", b: "model-2.safetensors", c: "model-1.safetensors" },
    };
    const files = {
      "config.json": "{}",
      "model.safetensors.index.json": JSON.stringify(map),
      "model-1.safetensors": "1",
      "model-2.safetensors": "2",
      "other.safetensors": "3",
    };
    hub.model = { ...model, files };
    const { folder } = await resolve("org/name@pr/1");
    expect((await readdir(folder)).toSorted()).toEqual(
      Object.keys(files)
        .filter((name) => name !== "other.safetensors")
        .toSorted(),
    );
    expect(await readFile(join(repository(), "refs", "pr", "1"), "utf8")).toBe(commit);
  });

  it("fetches only what changed when the revision moves on", async () => {
    await resolve();
    hub.log.length = 0;
    hub.model = {
      ...model,
      commit: "2".repeat(40),
      files: { ...model.files, "config.json": "{}" },
    };
    const { folder, source } = await resolve();
    expect([source, folder]).toEqual(["hub", join(repository(), "snapshots", "2".repeat(40))]);
    expect(fetched()).toEqual([]);
    expect(await readFile(join(folder, "config.json"), "utf8")).toBe("{}");
  });

  it("reports bytes that grow to the whole", async () => {
    const seen: HubProgress[] = [];
    await resolve("org/name", { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({
      kind: "download",
      file: "model.safetensors",
      fileBytes: 50_000,
      fileSize: 50_000,
      bytes: 50_000,
      size: 50_000,
    });
  });

  it("shows the token to the hub and to nobody else", async () => {
    await resolve("org/name", { environment: environment({ HF_TOKEN: "hf_secret\n" }) });
    expect(
      hub.log
        .filter(({ host }) => host === "hub")
        .every(({ token }) => token === "Bearer hf_secret"),
    ).toBe(true);
    expect(fetched()).toHaveLength(1);
    expect(fetched()[0]!.token).toBeUndefined();
  });

  it("uses the token a login left, and keeps an unsendable one out of the message", async () => {
    await writeFile(join(home, "token"), "hf_file\n");
    await resolve();
    expect(hub.log[0]!.token).toBe("Bearer hf_file");
    const error = await resolve("org/name", {
      environment: environment({ HF_TOKEN: "hf_\u00e9" }),
    }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "OPTION_INVALID" });
    expect((error as Error).message).not.toContain("\u00e9");
  });
});

describe("interruptions", () => {
  it("goes on where the connection broke, as often as it got further", async () => {
    hub.faults.push(
      ...[10_000, 10_000, 10_000, 10_000].map((afterBytes) => ({
        kind: "drop" as const,
        afterBytes,
      })),
    );
    await resolve();
    expect(fetched().map(({ range }) => range)).toEqual([
      undefined,
      "bytes=10000-",
      "bytes=20000-",
      "bytes=30000-",
      "bytes=40000-",
    ]);
    expect(await readFile(blob())).toEqual(weights);
  });

  it("goes on with what a stopped download left, and begins again when the server will not", async () => {
    await mkdir(join(repository(), "blobs"), { recursive: true });
    await writeFile(`${blob()}.hone.incomplete`, weights.subarray(0, 20_000));
    hub.faults.push({ kind: "ignore-range" });
    await resolve();
    expect(fetched().map(({ range }) => range)).toEqual(["bytes=20000-"]);
    expect(await readFile(blob())).toEqual(weights);
  });

  it.each([
    ["damaged", Buffer.alloc(20_000)],
    ["too long", Buffer.alloc(60_000)],
    ["complete, but damaged", Buffer.alloc(50_000)],
  ])("gets the file right although what was left is %s", async (_name, left) => {
    await mkdir(join(repository(), "blobs"), { recursive: true });
    await writeFile(`${blob()}.hone.incomplete`, left);
    await resolve();
    expect(await readFile(blob())).toEqual(weights);
  });

  it("gives up on a silent server after the time limit, keeping what arrived", async () => {
    hub.faults.push(
      { kind: "stall", afterBytes: 9_000 },
      { kind: "stall", afterBytes: 0 },
      { kind: "stall", afterBytes: 0 },
    );
    await expect(resolve("org/name", { stallMs: 100 })).rejects.toThrow(
      /HUB_UNREACHABLE: .*nothing arrived for 100 ms/,
    );
    expect((await stat(`${blob()}.hone.incomplete`)).size).toBe(9_000);
  });

  it("tries an overloaded server again, and asks the hub again when a signed address has expired", async () => {
    hub.faults.push({ kind: "status", status: 503 }, { kind: "status", status: 403 });
    await resolve();
    expect(await readFile(blob())).toEqual(weights);
  });

  it("stops at once when cancelled, and a later call goes on", async () => {
    hub.faults.push({ kind: "stall", afterBytes: 9_000 });
    const stop = new AbortController();
    const onProgress = (progress: HubProgress) => {
      if (progress.kind === "download" && progress.fileBytes === 9_000) stop.abort();
    };
    await expect(resolve("org/name", { signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await resolve();
    expect(fetched().at(-1)!.range).toBe("bytes=9000-");
  });

  it("never puts a damaged file in place", async () => {
    hub.faults.push({ kind: "damage" });
    await expect(resolve()).rejects.toMatchObject({
      code: "HUB_HASH_MISMATCH",
      facts: { file: "model.safetensors", expected: hashOf(weights) },
    });
    expect(existsSync(blob()) || existsSync(`${blob()}.hone.incomplete`)).toBe(false);
    await resolve();
    expect(await readFile(blob())).toEqual(weights);
  });
});

describe("several processes", () => {
  const start = (): ChildProcess => {
    const file = pathToFileURL(join(import.meta.dirname, "resolve-model.ts")).href;
    const script = `const { resolveModel } = await import("${file}"); console.log((await resolveModel("org/name")).folder);`;
    const env = { PATH: process.env["PATH"], ...environment() };
    return spawn(process.execPath, ["--input-type=module", "--eval", script], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
  };
  const outputOf = async (child: ChildProcess) => {
    let text = "";
    child.stdout!.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await once(child, "close");
    return text.trim();
  };

  it("download a model once between them", async () => {
    const folders = await Promise.all([
      outputOf(start()),
      outputOf(start()),
      resolve().then(({ folder }) => folder),
    ]);
    expect(new Set(folders)).toEqual(new Set([join(repository(), "snapshots", commit)]));
    expect(fetched()).toHaveLength(1);
  });

  it("go on where a killed one stopped", async () => {
    hub.faults.push({ kind: "stall", afterBytes: 30_000 });
    const child = start();
    while (
      !existsSync(`${blob()}.hone.incomplete`) ||
      (await stat(`${blob()}.hone.incomplete`)).size < 30_000
    ) {
      await new Promise((done) => setTimeout(done, 10));
    }
    child.kill("SIGKILL");
    await once(child, "close");
    await resolve();
    expect(fetched().map(({ range }) => range)).toEqual([undefined, "bytes=30000-"]);
    expect(await readFile(blob())).toEqual(weights);
  });

  it("say that they wait, and take over a lock nobody has touched for a minute", async () => {
    const lock = join(home, "hub", ".locks", "models--org--name.hone-lock");
    await mkdir(join(lock, ".."), { recursive: true });
    await writeFile(lock, JSON.stringify({ pid: process.pid, host: hostname(), id: "other" }));
    const seen: HubProgress[] = [];
    const done = resolve("org/name", { onProgress: (progress) => seen.push(progress) });
    await new Promise((tick) => setTimeout(tick, 150));
    expect(seen).toEqual([{ kind: "waiting", pid: process.pid }]);
    await mkdir(repository());
    await expect(clearCachedModel("org/name", environment())).rejects.toMatchObject({
      code: "HUB_BUSY",
    });
    const past = new Date(Date.now() - 61_000);
    await utimes(lock, past, past);
    await done;
    expect(existsSync(lock)).toBe(false);
  });
});

describe("without network", () => {
  it("serves the cache under HF_HUB_OFFLINE and asks nobody", async () => {
    const offline = environment({ HF_HUB_OFFLINE: "1" });
    await expect(resolve("org/name", { environment: offline })).rejects.toMatchObject({
      code: "HUB_OFFLINE",
    });
    expect(hub.log).toEqual([]);
    const { folder } = await resolve();
    hub.log.length = 0;
    expect(await resolve("org/name", { environment: offline })).toEqual({
      folder,
      commit,
      source: "cache",
    });
    expect(hub.log).toEqual([]);
  });

  it("does not take a half-downloaded model for a whole one", async () => {
    hub.faults.push(...[503, 503, 503].map((status) => ({ kind: "status" as const, status })));
    await expect(resolve()).rejects.toMatchObject({ code: "HUB_UNREACHABLE" });
    const offline = environment({ HF_HUB_OFFLINE: "1" });
    await expect(resolve("org/name", { environment: offline })).rejects.toMatchObject({
      code: "HUB_OFFLINE",
    });
  });

  it("does not take some of the shards for all of them", async () => {
    const map = { weight_map: { a: "model-1.safetensors", b: "model-2.safetensors" } };
    const files = { "config.json": "{}", "model.safetensors.index.json": JSON.stringify(map) };
    hub.model = {
      ...model,
      files: { ...files, "model-1.safetensors": "1", "model-2.safetensors": weights },
    };
    hub.faults.push(...[503, 503, 503].map((status) => ({ kind: "status" as const, status })));
    await expect(resolve()).rejects.toMatchObject({ code: "HUB_UNREACHABLE" });
    expect(await readdir(join(repository(), "snapshots", commit))).toContain("model-1.safetensors");
    await expect(
      resolve(`org/name@${commit}`, { environment: environment({ HF_HUB_OFFLINE: "1" }) }),
    ).rejects.toMatchObject({
      code: "HUB_OFFLINE",
    });
  });

  it("falls back on the cache with a notice, and says what failed when there is none", async () => {
    const nobody = environment({ HF_ENDPOINT: "http://127.0.0.1:9" });
    await expect(resolve("org/name", { environment: nobody })).rejects.toThrow(
      /HUB_UNREACHABLE: http:\/\/127\.0\.0\.1:9\/api.*(bad port|ECONNREFUSED)/,
    );
    const { folder } = await resolve();
    const found = await resolve("org/name", { environment: nobody });
    expect(found).toMatchObject({ folder, source: "cache" });
    expect(found.notice).toMatch(/HUB_UNREACHABLE/);
  });
});

describe("refusals", () => {
  it.each([
    [404, undefined, "HUB_NOT_FOUND", /no model "org\/name" at revision "main"/],
    [401, "RepoNotFound", "HUB_ACCESS_DENIED", /does not exist, or it is private[^]*set HF_TOKEN/],
    [403, "GatedRepo", "HUB_ACCESS_DENIED", /gated/],
    [400, undefined, "HUB_BAD_REPLY", /HTTP 400/],
    [500, undefined, "HUB_UNREACHABLE", /HTTP 500/],
  ])("explains HTTP %i %s", async (status, code, expected, message) => {
    hub.refusal = { status, ...(code === undefined ? {} : { code }) };
    const error = await resolve().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: expected });
    expect((error as Error).message).toMatch(message);
  });

  it("refuses a repository without safetensors before fetching anything", async () => {
    hub.model = { ...model, files: { "config.json": "{}", "pytorch_model.bin": "" } };
    await expect(resolve()).rejects.toThrow(
      /MODEL_WEIGHTS_MISSING: org\/name@main .*pytorch_model\.bin/,
    );
    expect(hub.log).toHaveLength(1);
  });

  it.each([
    "nonsense",
    "../no-such",
    "a/..",
    "org/name@../x",
    "org--x/name",
    "/no/such/folder",
    "org/name/more",
  ])("does not take %s for a model of the hub", async (name) => {
    await expect(resolve(name)).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
    expect(hub.log).toEqual([]);
  });

  it("gives a folder back as it is", async () => {
    expect(await resolve(home)).toEqual({ folder: home, source: "folder" });
  });

  it("says where the cache cannot be", async () => {
    await writeFile(join(home, "hub"), "a file in the way");
    await expect(resolve()).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });

  it("refuses an endpoint that is no web address", async () => {
    await expect(
      resolve("org/name", { environment: environment({ HF_ENDPOINT: "hub" }) }),
    ).rejects.toThrow(/OPTION_INVALID: .*HF_ENDPOINT = hub/);
  });
});

describe("the cache", () => {
  it("lists models with their size and revisions", async () => {
    expect(await cachedModels(environment())).toEqual([]);
    const { folder } = await resolve();
    expect(await cachedModels(environment())).toEqual([
      {
        id: "org/name",
        folder: repository(),
        bytes: 50_000 + 22 + 2 + 40,
        revisions: [{ commit, folder, refs: ["main"] }],
      },
    ]);
  });

  it("clears one model and leaves everything else alone, also what links point at", async () => {
    await resolve();
    const outside = join(home, "outside");
    await mkdir(outside);
    await writeFile(join(outside, "kept"), "");
    await symlink(outside, join(repository(), "snapshots", "linked"));
    await mkdir(join(home, "hub", "models--org--other"));
    expect(await clearCachedModel("org/name", environment())).toBe(50_000 + 22 + 2 + 40);
    expect((await readdir(join(home, "hub"))).toSorted()).toEqual([".locks", "models--org--other"]);
    expect(await readdir(outside)).toEqual(["kept"]);
  });

  it.each(["../outside", "org/../name", ".", "", "org/none", "org/name/../.."])(
    "clears nothing for %j",
    async (id) => {
      await resolve();
      await expect(clearCachedModel(id, environment())).rejects.toMatchObject({
        code: "MODEL_NOT_FOUND",
      });
      expect((await lstat(repository())).isDirectory()).toBe(true);
    },
  );
});
