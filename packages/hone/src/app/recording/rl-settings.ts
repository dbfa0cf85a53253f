/** The settings that `rlTracing` reads. A file of its own, so that recording loads no settings where there is no file. */
import { z } from "zod";
import { recordingKeys } from "../seed-keys/rl-keys.ts";
import { resolveSettings } from "../training/config.ts";
import type { ConfigObject } from "../training/config-file.ts";
import type { Setting, SettingsOf, SettingsTable } from "../training/setting-kinds.ts";

const yes = (help: string) =>
  ({ schema: z.boolean().default(true), kind: "yes", help, byDefault: "yes" }) satisfies Setting;

const table = {
  isOn: yes("whether anything is recorded"),
  storeType: {
    schema: z.enum(["local", "remote"]).default("local"),
    kind: "text",
    help: "local: a folder of JSON files; remote: the address of a store",
  },
  storePath: { schema: z.string().min(1).default("./rl_data"), kind: "text", help: "where" },
  tool: yes("rewards of tools"),
  answerQuality: yes("rewards of answers"),
  coordination: yes("rewards of a team"),
} satisfies SettingsTable;

/** @throws as `resolveSettings` */
export async function readRlSettings(file: string | ConfigObject): Promise<{
  readonly settings: SettingsOf<typeof table>;
  readonly notices: readonly string[];
}> {
  return resolveSettings(table, { file, seedKeys: recordingKeys });
}
