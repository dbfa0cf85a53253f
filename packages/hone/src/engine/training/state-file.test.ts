/** A state that cannot be trusted is refused by name, and the client that would have loaded it stays as it was. */
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Trainable } from "../optimizer/trainable.ts";
import { loadTrainingState, saveTrainingState } from "./state-file.ts";

const root = await mkdtemp(join(tmpdir(), "hone-state-"));
afterAll(() => rm(root, { recursive: true }));

const identity = { training: "all weights", base: "b" };

function filled(number: number, step: number): Trainable {
  const trainable = new Trainable(new Map([["w", [2, 3]]]));
  trainable.values.fill(number);
  trainable.firstMoments.fill(number / 2);
  trainable.secondMoments.fill(number / 4);
  trainable.gradients.fill(number / 8);
  trainable.step = step;
  return trainable;
}

const save = async (name: string): Promise<string> => {
  const path = join(root, name);
  await saveTrainingState(path, filled(8, 5), identity);
  return path;
};

/** Writes a number over one of the 18 of the file: values, first, then second moments, 6 each. */
async function spoil(path: string, index: number, value: number): Promise<void> {
  const file = join(path, "state.safetensors");
  const bytes = await readFile(file);
  bytes.writeFloatLE(value, bytes.length - 4 * (18 - index));
  await writeFile(file, bytes);
}

describe("a training state", () => {
  it("comes back whole, or its values alone with a fresh optimizer", async () => {
    const path = await save("good");
    const all = filled(1, 0);
    await loadTrainingState(path, all, identity, { optimizer: true });
    const saved = filled(8, 5);
    saved.zeroGradients();
    expect(all).toEqual(saved);
    const fresh = filled(1, 3);
    await loadTrainingState(path, fresh, identity, { optimizer: false });
    expect([fresh.values[0], fresh.firstMoments[5], fresh.secondMoments[5], fresh.step]).toEqual([
      8, 0, 0, 0,
    ]);
  });

  it.for<[string, string, (path: string) => Promise<void>]>([
    ["NaN among the values", "WEIGHTS_NOT_FINITE", (path) => spoil(path, 5, Number.NaN)],
    ["an infinite first moment", "WEIGHTS_NOT_FINITE", (path) => spoil(path, 6, Infinity)],
    ["an infinite second moment", "WEIGHTS_NOT_FINITE", (path) => spoil(path, 17, -Infinity)],
    ["a negative second moment", "CHECKPOINT_DAMAGED", (path) => spoil(path, 13, -1)],
    [
      "a cut file",
      "SAFETENSORS_TRUNCATED",
      (path) => truncate(join(path, "state.safetensors"), 200),
    ],
    [
      "a step that is no count",
      "CHECKPOINT_DAMAGED",
      (path) =>
        writeFile(join(path, "state.json"), JSON.stringify({ format: 1, step: 0.5, ...identity })),
    ],
  ])("is refused with %s, and nothing changes", async ([name, code, damage]) => {
    const path = await save(name);
    await damage(path);
    const client = filled(1, 3);
    for (const optimizer of [true, false]) {
      const loading = loadTrainingState(path, client, identity, { optimizer });
      await expect(loading).rejects.toMatchObject({ code });
    }
    expect(client).toEqual(filled(1, 3));
  });

  it("names the tensor and the place of what is no number", async () => {
    const path = await save("named");
    await spoil(path, 9, Number.NaN);
    const loading = loadTrainingState(path, filled(1, 3), identity, { optimizer: true });
    await expect(loading).rejects.toThrow(/"first" of .* holds NaN at position 3/);
  });
});
