import { appendFile, cp, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportGguf } from "../gguf/export-gguf.ts";
import { cachedModels } from "./hub-cache.ts";
import { importOnce, isGgufFile } from "./import-once.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models/llama");

let root: string;
let file: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-import-once-"));
  file = join(root, "Small..Llama (1).gguf");
  await exportGguf({ model: golden, type: "q8_0", out: file });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const environment = (home: string) => ({ HF_HOME: join(root, home) });
const codes = (warnings: readonly { readonly code: string }[]) => warnings.map(({ code }) => code);

describe("a GGUF file in place of a model folder", () => {
  it("is a file of that ending, no folder and no other name", async () => {
    await mkdir(join(root, "folder.gguf"));
    await writeFile(join(root, "model.bin"), "");
    const names = [file, join(root, "folder.gguf"), join(root, "model.bin"), "absent.gguf"];
    expect(await Promise.all(names.map(isGgufFile))).toEqual([true, false, false, false]);
  });

  it("is imported by the first call alone, and shown among the cached models", async () => {
    const home = environment("once");
    const first = await importOnce(file, { environment: home });
    expect(codes(first.warnings)).toEqual(["GGUF_IMPORTED"]);
    expect(await readdir(first.folder)).toContain("model.safetensors");
    expect(await importOnce(file, { environment: home })).toEqual({ ...first, warnings: [] });
    const cached = await cachedModels(home);
    expect(cached.map(({ id }) => id)).toEqual(["gguf/Small-Llama-1"]);
  });

  it("is imported once by two calls at the same time", async () => {
    const home = environment("twice");
    const two = await Promise.all([1, 2].map(() => importOnce(file, { environment: home })));
    expect(two[0]!.folder).toBe(two[1]!.folder);
    expect(two.flatMap(({ warnings }) => codes(warnings))).toEqual(["GGUF_IMPORTED"]);
  });

  it("is imported anew once the file has another time or another size", async () => {
    const home = environment("changed");
    const copy = join(root, "copy.gguf");
    await cp(file, copy);
    const folderNow = async () => (await importOnce(copy, { environment: home })).folder;
    const first = await folderNow();
    await utimes(copy, 1, 1);
    const later = await folderNow();
    await appendFile(copy, Buffer.alloc(32));
    await utimes(copy, 1, 1);
    expect(new Set([first, later, await folderNow()]).size).toBe(3);
  });

  it("leaves nothing that a later call takes for a model when the file is damaged", async () => {
    const home = environment("damaged");
    const damaged = join(root, "damaged.gguf");
    await writeFile(damaged, "GGUF");
    for (let call = 0; call < 2; call++)
      await expect(importOnce(damaged, { environment: home })).rejects.toMatchObject({
        code: "GGUF_INVALID",
      });
    expect(await cachedModels(home)).toEqual([]);
  });
});
