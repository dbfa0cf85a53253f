/** From an address to a store, by the table of stores. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { HoneError } from "../core/errors.ts";
import { optionChecks } from "../core/option-checks.ts";
import { checkOptions } from "../core/known-options.ts";
import { withoutUser } from "../core/shown-address.ts";
import type { RolloutQueue } from "../ports/rollout-queue.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import { runFiles } from "../runs/run-folder.ts";
import { reportOnce } from "../store/unreadable-parts.ts";
import type { MigrationReport } from "../store/sql/sql-migrations.ts";
import {
  defaultStore,
  isLasting,
  listStores,
  type OpenStoreOptions,
  type StoreRow,
  storeRows,
} from "./stores.ts";

export type { OpenStoreOptions } from "./stores.ts";

/**
 * Opens the store of an address; one that is not there is made. Error messages show no password.
 *
 * @param url  `files:./rl_data`, `sqlite:./hone.db`, `postgres://user@host:5432/database` (with a password where it needs
 *   one: `user:password@host`), `https://traces.example` (a store that `hone store serve` offers) or `memory:`
 * @throws OPTION_INVALID, STORE_URL_INVALID, STORE_NOT_FOUND, STORE_REFUSED, STORE_UNREACHABLE, STORE_LOCKED, STORE_SCHEMA_TOO_NEW,
 *   STORE_DAMAGED, WRITE_FAILED, DISK_FULL
 * @example const store = await openStore("sqlite:./hone.db");
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<TraceStore> {
  checkOptions("openStore", options, {
    mustExist: true,
    onProblem: true,
    key: true,
    onWaiting: true,
    retryMs: true,
  });
  if (options.retryMs !== undefined)
    optionChecks("openStore").number("retryMs", options.retryMs, { min: 0 });
  const { kind, place } = findStore(url);
  const spool = kind.spool?.(place);
  if (spool === undefined || !existsSync(spool)) return kind.open(place, options);
  const { hasSpool } = await import("../store/operations/take-spool.ts");
  // Batches that wait for a store are a reason to make it.
  const isWaiting = await hasSpool(spool);
  const store = await kind.open(place, isWaiting ? { ...options, mustExist: false } : options);
  await takeKeptBatches(url, store, options);
  return store;
}

/**
 * Appends to an open store what processes recorded for it and could not write before they ended. `openStore` does it, so this
 * is for a store that was opened before such a process ended.
 *
 * @param url  the address the store was opened by
 */
export async function takeKeptBatches(
  url: string,
  store: TraceStore,
  options: Pick<OpenStoreOptions, "onProblem"> = {},
): Promise<void> {
  const spool = spoolFolder(url);
  if (spool === undefined || !existsSync(spool)) return;
  const { takeSpool } = await import("../store/operations/take-spool.ts");
  await takeSpool(spool, store, reportOnce(options));
}

/** The folder for batches that a process could not write into this store before it ended; undefined where there is none. */
export function spoolFolder(url: string): string | undefined {
  const { kind, place } = findStore(url);
  return kind.spool?.(place);
}

/**
 * Opens the rollout queue of an address: `sqlite:./hone.db`, `postgres://user@host:5432/database` or `https://traces.example`.
 * @throws as `openStore`; STORE_URL_INVALID for stores without a queue
 * @example const queue = await openQueue("sqlite:./hone.db");
 */
export async function openQueue(url: string): Promise<RolloutQueue> {
  const { scheme, kind, place } = findStore(url);
  if (kind.openQueue !== undefined) return kind.openQueue(place);
  const schemes = storeRows.filter((row) => row.kind.openQueue !== undefined);
  const having = schemes
    .map((row) => row.scheme)
    .join(", ")
    .replace(/, ([^,]*)$/, " and $1");
  throw invalid(url, `a ${scheme} store has no queue of rollouts; ${having} have one`);
}

/** Whether stores of this address's kind have a queue of rollouts. @throws STORE_URL_INVALID */
export const hasQueue = (url: string): boolean => findStore(url).kind.openQueue !== undefined;

/**
 * Brings a store's schema to the version of this build.
 * @returns undefined for kinds of stores that have no schema: each of their traces carries its own version
 * @throws as `openStore`; STORE_NOT_FOUND
 */
export async function migrateStore(url: string): Promise<MigrationReport | undefined> {
  const { kind, place } = findStore(url);
  if (kind.migrate !== undefined) return kind.migrate(place);
  // Only looks whether it is there.
  await (await kind.open(place, { mustExist: true })).close();
  return undefined;
}

/** The store that is meant when none is named: HONE_STORE of the environment, else `sqlite:./hone.db`. */
export const storeFromEnvironment = (): string => process.env["HONE_STORE"] || defaultStore;

/**
 * The address by which every process reaches the same store, also after a change of the working folder.
 *
 * @param url  default: as `storeFromEnvironment`
 * @throws STORE_URL_INVALID, also for a store that ends with the process
 */
export function lastingAddress(url: string = storeFromEnvironment()): string {
  const { kind, place } = findStore(url);
  if (kind.lastingAddress !== undefined) return kind.lastingAddress(place);
  const problem = "what is recorded in memory is gone with the process; pass an open store";
  const addresses = listStores("example", isLasting);
  throw new HoneError("STORE_URL_INVALID", { url, problem, addresses });
}

/** Refuses an address that names no store, without opening it. @throws STORE_URL_INVALID */
export const checkStoreAddress = (url: string): void => void findStore(url);

/** Whether a text begins with the scheme of a store, such as `sqlite:`, and is therefore no path of a file. */
export function isStoreAddress(text: string): boolean {
  const scheme = /^([a-z][a-z+]*):/i.exec(text)?.[1]?.toLowerCase();
  return storeRows.some((one) => [one.scheme, ...one.kind.aliases].includes(scheme ?? ""));
}

/** Where an address leads: the row of the table, and the path or URL that its functions take. */
interface FoundStore extends StoreRow {
  readonly place: string;
}

/** @throws STORE_URL_INVALID, which shows no user and no password; OPTION_INVALID for what is no text, such as an unset variable */
function findStore(url: string): FoundStore {
  if (typeof url !== "string")
    throw optionChecks("openStore").invalid("url", url, "the address of a store, a text");
  const [, given = "", rest = ""] = /^([a-z][a-z+]*):(.*)$/is.exec(url) ?? [];
  if (given === "") throw invalid(url, "it has no scheme such as sqlite: in front", meantBy(url));
  const scheme = given.toLowerCase();
  const row = storeRows.find((one) => [one.scheme, ...one.kind.aliases].includes(scheme));
  if (row === undefined) throw invalid(url, `the scheme ${given}: is unknown`);
  const place = row.kind.read({ url, rest });
  if (typeof place !== "string") throw invalid(url, place.problem);
  return { ...row, place };
}

/** The address that a path without a scheme probably stands for, by what lies there. */
function meantBy(path: string): string | undefined {
  if (path === "") return undefined;
  const found = statSync(path, { throwIfNoEntry: false });
  const ofRun = join(path, runFiles.rollouts);
  if (found?.isDirectory() === true && existsSync(ofRun)) return `sqlite:${ofRun}`;
  const row = storeRows.find(({ kind }) => kind.isMeantBy(path, found));
  return row && `${row.scheme}:${path}`;
}

function invalid(url: string, problem: string, meant?: string): HoneError {
  const shown = withoutUser(url);
  return new HoneError("STORE_URL_INVALID", {
    url: shown,
    problem,
    addresses: listStores("example"),
    ...(meant === undefined || shown !== url ? {} : { meant }),
  });
}
