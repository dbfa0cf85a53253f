/**
 * A run's settings from their three sources: flags win over the config file, the file over the defaults.
 *
 * A config file is YAML, of which JSON is a part. An error in it is named with its line and column.
 */
import { readFile } from "node:fs/promises";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";
import { readRunRecord } from "../../runs/open-run.ts";
import { resumedFolder } from "./resumed-folder.ts";
import type { SettingsOf, SettingsTable } from "./setting-kinds.ts";
import { conflictOf, flagOf } from "./setting-rules.ts";

/** A place in a file; line and column count from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** A file of settings: its keys with their values, and where they stand. */
export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  /** The position of each key and of its value. */
  readonly positions: ReadonlyMap<string, { readonly key: Position; readonly value: Position }>;
}

export interface ConfigSources {
  /** Path of a YAML or JSON file. */
  readonly file?: string | undefined;
  /** Values of flags by their keys in the table. A flag that is undefined was not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** The folder of a run to resume, or its name in runs/. Its settings replace the defaults. */
  readonly resume?: string | undefined;
}

/** Checked settings, and the run to resume. */
export interface ResolvedSettings<Table extends SettingsTable> {
  readonly settings: SettingsOf<Table>;
  /** The folder of the run to resume; undefined for a new run. */
  readonly resume: string | undefined;
}

/**
 * The settings with all defaults filled in.
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_INVALID, CONFIG_UNREADABLE; RUN_NOT_FOUND, RUN_AMBIGUOUS, FILE_DAMAGED for the run to resume
 * @example const { settings } = await resolveSettings(mathSettings, { file: "run.yaml", flags: { seed: 1 } });
 */
export async function resolveSettings<Table extends SettingsTable>(
  table: Table,
  { file, flags = {}, resume }: ConfigSources,
): Promise<ResolvedSettings<Table>> {
  const folder = resume === undefined ? undefined : await resumedFolder(resume);
  const recorded = folder === undefined ? {} : await recordedSettings(table, folder);
  const config = file === undefined ? undefined : await readConfigFile(file);
  for (const [key, position] of config?.positions ?? []) {
    if (Object.hasOwn(table, key) && table[key]!.isUnused !== true) continue;
    const known = Object.keys(table).filter((one) => table[one]!.isUnused !== true);
    throw new HoneError("CONFIG_UNKNOWN_KEY", { where: file!, key, known, ...position.key });
  }
  const given = Object.fromEntries(
    Object.entries(flags).filter(([, value]) => value !== undefined),
  );
  const where = (key: string): { where: string; line?: number; column?: number } =>
    Object.hasOwn(given, key) || file === undefined
      ? { where: flagOf(key) }
      : { where: file, ...config?.positions.get(key)?.value };
  const settings = checked(table, { ...recorded, ...config?.values, ...given }, where);
  return { settings, resume: folder };
}

/** The settings that the run was started with, without those that this table does not have. */
async function recordedSettings(
  table: SettingsTable,
  folder: string,
): Promise<Record<string, unknown>> {
  const { config } = await readRunRecord(folder);
  return Object.fromEntries(Object.entries(config).filter(([key]) => Object.hasOwn(table, key)));
}

function checked<Table extends SettingsTable>(
  table: Table,
  values: Readonly<Record<string, unknown>>,
  where: (key: string) => { where: string; line?: number; column?: number },
): SettingsOf<Table> {
  const rows = Object.entries(table).map(([key, { schema }]) => [key, schema] as const);
  const result = z.strictObject(Object.fromEntries(rows)).safeParse(values);
  const refuse = (key: string, problem: string): HoneError => {
    const place = where(key);
    const name = place.where.startsWith("--") ? "" : `${key}: `;
    return new HoneError("CONFIG_INVALID", { ...place, problem: `${name}${problem}.` });
  };
  if (!result.success) {
    const [issue] = result.error.issues;
    const key = String(issue!.path[0]);
    const got = JSON.stringify(values[key]) ?? "nothing";
    throw refuse(key, `${expectedText(issue!)}, got ${got}`);
  }
  for (const key of Object.keys(values)) {
    const isFlag = where(key).where.startsWith("--");
    const conflict = conflictOf(table, values, key, isFlag ? flagOf : undefined);
    if (conflict !== undefined) throw refuse(key, conflict);
  }
  // The object has a key per row of the table and each value has passed that row's schema.
  return result.data as SettingsOf<Table>;
}

/** What a value must be, in plain words: "expected a number", "expected at least 1". */
function expectedText(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    if (issue.expected === "number") return "expected a number";
    if (issue.expected === "int") return "expected a whole number";
  }
  // A row of a table may have a wording of its own, which says more.
  const isUsual = issue.message.startsWith("Too ") && "origin" in issue;
  const isNumber = isUsual && (issue.origin === "number" || issue.origin === "int");
  if (isNumber && issue.code === "too_small") {
    return `expected ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
  }
  if (isNumber && issue.code === "too_big") {
    return `expected ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
  }
  return issue.message.replace(/^Invalid (input|option): /, "");
}

/** @throws CONFIG_UNREADABLE; CONFIG_INVALID when the file is not YAML or has no keys */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new HoneError("CONFIG_UNREADABLE", { file, reason: fileReason(cause) }, { cause });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const problem = `${error.message}.`;
    throw new HoneError("CONFIG_INVALID", { where: file, problem, ...at(error.pos[0]) });
  }
  const { contents } = document;
  if (contents === null) return { values: {}, positions: new Map() };
  if (!isMap(contents)) {
    const problem = "it must hold keys and values, such as `seed: 1`.";
    throw new HoneError("CONFIG_INVALID", { where: file, problem });
  }
  const positions = new Map<string, { key: Position; value: Position }>();
  for (const { key, value } of contents.items) {
    if (!isScalar(key) || !key.range) continue;
    const place = isNode(value) && value.range ? at(value.range[0]) : at(key.range[0]);
    positions.set(String(key.value), { key: at(key.range[0]), value: place });
  }
  return { values: document.toJS() as Record<string, unknown>, positions };
}

const isNode = (value: unknown): value is { readonly range?: readonly number[] | null } =>
  typeof value === "object" && value !== null;
