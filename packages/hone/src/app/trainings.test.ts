/** The table of trainings: what is derived from a row, what is loaded by it, and what does not compile. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { settingKinds } from "./training/setting-kinds.ts";
import { sourceSettings } from "./training/source-settings.ts";
import { settingsOfCommand } from "./training/command-settings.ts";
import { settingsOfTraining } from "./training/training-settings.ts";
import { training } from "./training/training.ts";
import { trainingNames, trainingOf } from "./trainings.ts";

/** The files that importing a file of this folder loads. */
async function loadedBy(file: string): Promise<readonly string[]> {
  const text = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, file)).href)});
    process.stdout.write(JSON.stringify(loaded));
  `;
  const args = ["--input-type=module", "--eval", text];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return (JSON.parse(stdout) as string[]).map((url) => url.replace(/^.*\/src\//, ""));
}

/** The words that an option of an algorithm may be, in a file without imports. */
const isListOfWords = (url: string): boolean => /^algorithms\/.*-choices\.ts$/.test(url);

describe("the table of trainings", () => {
  it("loads itself and functions without imports, so that listing commands loads neither zod nor domains", async () => {
    const loaded = await loadedBy("trainings.ts");
    // In whatever order their files were read.
    const expected = [
      "app/trainings.ts",
      "app/policy-trainings.ts",
      "app/training/answer-limit.ts",
      "app/training/policy-settings.ts",
      "app/preference-trainings.ts",
      "app/training/mixture.ts",
      "app/training/optimizer-settings.ts",
      "app/training/training.ts",
      "app/supervised-trainings.ts",
    ];
    expect(new Set(loaded.filter((url) => !isListOfWords(url)))).toEqual(new Set(expected));
  });

  it("has settings that are read without loading the pipeline, an algorithm, runs, or the engine's worker", async () => {
    const loaded = await loadedBy("training/training-settings.ts");
    expect(loaded).toContain("app/training/shared-settings.ts");
    const heavy =
      /^app\/training\/(pipeline|run-)|^runs\/|^algorithms\/|^engine\/(engine|worker|clients)/;
    expect(loaded.filter((url) => heavy.test(url) && !isListOfWords(url))).toEqual([]);
  });
});

describe.each(trainingNames)("%s", (name) => {
  const row = trainingOf(name);

  it("has no setting of a name that its source or the shared block has", () => {
    const { before, after, shared } = sourceSettings[row.source];
    const others = new Set([before, after, shared].flatMap((table) => Object.keys(table)));
    expect(Object.keys(row.settings(settingKinds)).filter((key) => others.has(key))).toEqual([]);
  });

  it("gives the settings of its command, for runs that are resumed or compared", () => {
    expect(Object.keys(settingsOfCommand(`train ${name}`))).toEqual(
      Object.keys(settingsOfTraining(row)),
    );
    expect(settingsOfCommand("train")).toEqual({});
    expect(settingsOfCommand(`evaluate ${name}`)).toEqual({});
    expect(settingsOfCommand("train toString")).toEqual({});
  });
});

/** Never called: only its types are looked at. */
type Unrun = () => unknown;

it("does not compile a row that lacks a part", () => {
  const algorithm = (): Promise<never> => Promise.reject(new Error("never run"));
  const wrong: readonly Unrun[] = [
    () =>
      // @ts-expect-error Without settings.
      training({ summary: "Learn", source: "rollouts", algorithm }),
    () =>
      training({
        summary: "Learn",
        source: "rollouts",
        // @ts-expect-error Without a learning rate.
        settings: ({ whole }) => ({ steps: whole(1, 10, "steps") }),
        algorithm,
      }),
    () =>
      training({
        summary: "Learn",
        source: "dataset",
        // @ts-expect-error Without the batch of every algorithm that learns from a dataset.
        settings: ({ whole, number }) => ({
          steps: whole(1, 10, "steps"),
          learningRate: number([0, 10], 1e-3, "rate"),
        }),
        algorithm,
      }),
    () =>
      training({
        summary: "Learn",
        // @ts-expect-error A source that there is not.
        source: "dreams",
        settings: ({ whole, number }) => ({
          steps: whole(1, 10, "steps"),
          learningRate: number([0, 10], 1e-3, "rate"),
        }),
        algorithm,
      }),
    () =>
      // @ts-expect-error Without an algorithm.
      training({
        summary: "Learn",
        source: "rollouts",
        settings: ({ whole, number }) => ({
          steps: whole(1, 10, "steps"),
          learningRate: number([0, 10], 1e-3, "rate"),
        }),
      }),
    () =>
      training({
        summary: "Learn",
        source: "rollouts",
        settings: ({ whole, number }) => ({
          steps: whole(1, 10, "steps"),
          learningRate: number([0, 10], 1e-3, "rate"),
        }),
        algorithm: (settings) => {
          // @ts-expect-error A setting that the row does not have.
          void settings.groupSize;
          return algorithm();
        },
      }),
  ];
  expect(wrong).toHaveLength(6);
});
