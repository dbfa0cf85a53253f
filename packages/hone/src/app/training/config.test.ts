import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createRunFolder } from "../../runs/open-run.ts";
import { resolveSettings } from "./config.ts";
import { systems } from "../systems/systems.ts";
import { trainingNames, trainingOf, trainings } from "../trainings.ts";
import type { SettingsTable } from "./setting-kinds.ts";
import { flagOf, flagValue, meaningfulSettings } from "./setting-rules.ts";
import { settingsOfTraining } from "./training-settings.ts";

const mathSettings = systems.math.settings;
const sftSettings = settingsOfTraining(trainings.sft);
const grpoSettings = settingsOfTraining(trainings.grpo);

const root = mkdtempSync(join(tmpdir(), "hone-config-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

describe("settings", () => {
  it("come from flags before the file, from the file before the defaults", async () => {
    const path = file("a.yaml", "seed: 7 # a comment\nlearningRate: 2e-4\nlevels: [1, 3]\n");
    const { settings } = await resolveSettings(sftSettings, { file: path, flags: { seed: 9 } });
    expect(settings.seed).toBe(9);
    expect(settings.learningRate).toBe(2e-4);
    expect(settings.levels).toEqual([1, 3]);
    expect(settings.batchSize).toBe(16);
    expect("threads" in settings).toBe(false);
  });

  it("come from JSON as from YAML, and an empty file sets nothing", async () => {
    const json = file("a.json", '{\n\t"seed": 7\n}\n');
    expect((await resolveSettings(mathSettings, { file: json })).settings.seed).toBe(7);
    const empty = file("empty.yaml", "# nothing\n");
    expect((await resolveSettings(mathSettings, { file: empty })).settings.seed).toBe(0);
  });

  it("take limits of alarms by their names, from a file and from a flag", async () => {
    const path = file("alarms.yaml", "alarms: [length=5, entropy=off]\n");
    const { settings } = await resolveSettings(grpoSettings, { file: path });
    expect(settings.alarms).toEqual(["length=5", "entropy=off"]);
    const flag = (alarms: string) =>
      resolveSettings(grpoSettings, { flags: { alarms: flagValue(grpoSettings.alarms, alarms) } });
    expect((await flag("off")).settings.alarms).toEqual(["off"]);
    await expect(flag("length=1")).rejects.toThrow(
      'CONFIG_INVALID: --alarms: expected length above 1, or length=off, got ["length=1"].',
    );
  });

  it("name an unknown key with its line and column", async () => {
    const yaml = file("unknown.yaml", "seed: 1\n# a comment\nlearnRate: 1\n");
    await expect(resolveSettings(grpoSettings, { file: yaml })).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      facts: { where: yaml, key: "learnRate", line: 3, column: 1 },
    });
    const json = file("unknown.json", '{"seed": 1,\n  "learnRate": 1}');
    await expect(resolveSettings(grpoSettings, { file: json })).rejects.toMatchObject({
      facts: { line: 2, column: 3 },
    });
  });

  it("refuse a key that belongs to another algorithm", async () => {
    const path = file("other.yaml", "groupSize: 4\n");
    await expect(resolveSettings(sftSettings, { file: path })).rejects.toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
    });
  });

  it("refuse a flag of another algorithm by its name", async () => {
    await expect(resolveSettings(sftSettings, { flags: { groupSize: 4 } })).rejects.toThrow(
      "--group-size: there is no such setting here; leave it out.",
    );
  });

  it("name a wrong value by its place in the file, or by its flag", async () => {
    const path = file("wrong.yaml", "seed: 1\nsteps:   none\n");
    await expect(resolveSettings(sftSettings, { file: path })).rejects.toThrow(
      `CONFIG_INVALID: ${path}:2:10: steps: expected a number, got "none".`,
    );
    await expect(
      resolveSettings(sftSettings, { file: path, flags: { steps: 2, dropout: 2 } }),
    ).rejects.toThrow(/^CONFIG_INVALID: --dropout: expected at most 0.99, got 2\./);
  });

  it("refuse what means nothing beside the others, by flag or by place", async () => {
    const path = file("data.yaml", "data: chats.jsonl\nmaxActions: 3\n");
    await expect(resolveSettings(sftSettings, { file: path })).rejects.toThrow(
      `CONFIG_INVALID: ${path}:2:13: maxActions: it cannot be given together with data; leave one of the two out.`,
    );
    const flags = { data: "chats.jsonl", levels: [2] };
    await expect(resolveSettings(sftSettings, { flags })).rejects.toThrow(
      "CONFIG_INVALID: --levels: it cannot be given together with --data; leave one of the two out.",
    );
    await expect(resolveSettings(sftSettings, { flags: { heldOut: 0.2 } })).rejects.toThrow(
      "CONFIG_INVALID: --held-out: it can be given only together with --data; give that too, or leave this out.",
    );
    const { settings } = await resolveSettings(sftSettings, { flags: { data: "chats.jsonl" } });
    expect(Object.keys(meaningfulSettings(sftSettings, settings))).not.toContain("levels");
    expect(Object.keys(meaningfulSettings(sftSettings, settings))).toContain("heldOut");
    const ofDomain = (await resolveSettings(sftSettings, {})).settings;
    expect(Object.keys(meaningfulSettings(sftSettings, ofDomain))).not.toContain("heldOut");
  });

  it.each([
    ["a file that is not there", undefined, /cannot be read/],
    ["broken YAML", "a: [1\n", /broken\.yaml:\d+:\d+: /],
    ["a list", "- 1\n", /must hold keys and values/],
    ["a key given twice", "seed: 1\nseed: 2\n", /:2:1: /],
  ])("refuse %s", async (_, text, message) => {
    const path = text === undefined ? join(root, "none.yaml") : file("broken.yaml", text);
    await expect(resolveSettings(mathSettings, { file: path })).rejects.toThrow(message);
  });

  it("of a run to go on with stand in for the defaults", async () => {
    const out = join(root, "run");
    const config = { command: "run math", seed: 5, level: 2 };
    await (await createRunFolder({ name: "math", config, out, threads: 3 })).close();
    const { settings, resume } = await resolveSettings(mathSettings, {
      resume: out,
      flags: { level: 3 },
    });
    expect(settings).toMatchObject({
      seed: 5,
      level: 3,
      layers: mathSettings.layers.schema.parse(undefined),
    });
    expect(settings.threads).toBe(3);
    const given = await resolveSettings(mathSettings, { resume: out, flags: { threads: 1 } });
    expect(given.settings.threads).toBe(1);
    expect(resume).toBe(out);
    await expect(
      resolveSettings(mathSettings, { resume: join(root, "none") }),
    ).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});

describe("a flag", () => {
  it("is the key in the command line's spelling", () => {
    expect(flagOf("learningRate")).toBe("--learning-rate");
  });

  it("reads numbers and lists, and leaves to the schema what is neither", () => {
    expect(flagValue(sftSettings.learningRate, "1e-4")).toBe(1e-4);
    expect(flagValue(sftSettings.learningRate, "fast")).toBe("fast");
    expect(flagValue(sftSettings.levels, "1, 2")).toEqual([1, 2]);
    expect(flagValue(sftSettings.targets, "q_proj,o_proj")).toEqual(["q_proj", "o_proj"]);
    expect(flagValue(sftSettings.model, "7")).toBe("7");
  });

  it("has a default that its own schema gives", () => {
    const required = new Set<string>();
    const ofTrainings = trainingNames.map((name) => settingsOfTraining(trainingOf(name)));
    for (const table of [mathSettings, ...ofTrainings] satisfies SettingsTable[]) {
      for (const [key, row] of Object.entries(table)) {
        const { success, data: byDefault } = row.schema.safeParse(undefined);
        if (!success) required.add(key);
        if (byDefault === undefined || typeof byDefault === "boolean") continue;
        const shown = "byDefault" in row ? row.byDefault?.replace(/; pretrained: .*/, "") : "";
        expect(shown, key).toBe(JSON.stringify(byDefault).replaceAll(/["[\]]/g, ""));
      }
    }
    // Preferences have no domain to come from: their file must be given. Off-policy distillation has no teacher but a named one.
    expect([...required]).toEqual(["teacher", "data"]);
  });
});
