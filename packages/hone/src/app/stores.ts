/**
 * The kinds of stores, one row each: what an address of it looks like, how it is opened, and what it has.
 *
 * `openStore`, the help of the commands, the errors about addresses and the table in docs/stores.md follow from the rows. A
 * new kind of store is its file in store/ and its row here.
 */
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { HoneError } from "../core/errors.ts";
import { wholeUrl, withoutUser } from "../core/shown-address.ts";
import type { RolloutQueue } from "../ports/rollout-queue.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import type { MigrationReport } from "../store/sql/sql-migrations.ts";

/** How a store is opened. */
export interface OpenStoreOptions {
  /** True: a store that does not exist is an error. False: it is made. Default false. */
  readonly mustExist?: boolean;
  /** Called once for each trace or part of one that cannot be read and is left out. Default: a warning of the process. */
  readonly onProblem?: (problem: HoneError) => void;
  /** The key that a server of the store asks for. Default: HONE_STORE_KEY of the environment. */
  readonly key?: string;
  /** How long an operation waits for a server that cannot be reached, in ms, 0 or more. Default 60,000. */
  readonly retryMs?: number;
  /** Called before each further attempt to reach a server that cannot be reached, with the reason. */
  readonly onWaiting?: (reason: string) => void;
}

/** One kind of store. Every part must be there; `undefined` says that this kind does not have it. */
export interface StoreKind {
  /** Further schemes of the same kind, besides the key of the row. */
  readonly aliases: readonly string[];
  /** An address as help writes it: `sqlite:<file>`. */
  readonly form: string;
  /** An address as errors and documents write it: `sqlite:./hone.db`. */
  readonly example: string;
  /** What it is. For docs/stores.md. */
  readonly what: string;
  /** When to take it. For docs/stores.md. */
  readonly when: string;
  /** Reads an address into the path or URL that the functions below are called with, or says what is wrong with it. */
  readonly read: (address: StoreAddress) => string | { readonly problem: string };
  /** Whether a path without a scheme probably names such a store. `found`: what lies at the path, if anything. */
  readonly isMeantBy: (path: string, found: Stats | undefined) => boolean;
  /** The address by which every process reaches the same store from any working folder. Undefined: only this process has it. */
  readonly lastingAddress: ((place: string) => string) | undefined;
  /**
   * The folder for batches that a process could not write before it ended; they are read in when the store is next opened.
   * Undefined: nothing outlives the process.
   */
  readonly spool: ((place: string) => string) | undefined;
  /** Opens the traces. With `mustExist` it makes nothing, and fails with STORE_NOT_FOUND where there is no store. */
  readonly open: (place: string, options: OpenStoreOptions) => Promise<TraceStore>;
  /** Opens the queue of rollouts. */
  readonly openQueue: ((place: string) => Promise<RolloutQueue>) | undefined;
  /** Brings the schema to the version of this build. Undefined: there is no schema. */
  readonly migrate: ((place: string) => Promise<MigrationReport>) | undefined;
}

/** An address in its parts. */
export interface StoreAddress {
  /** The address as it was given. */
  readonly url: string;
  /** What stands behind the scheme and its colon. */
  readonly rest: string;
}

/** Scheme → kind of store, in the order in which help and documents list them. */
const stores = {
  files: {
    aliases: [],
    form: "files:<folder>",
    example: "files:./rl_data",
    what: "one JSON file per trace, for people and other programs; beside a long one that grows, a log",
    when: "traces are to be read, mailed, versioned; up to some 10,000",
    read: readPath,
    isMeantBy: (_, found) => found?.isDirectory() === true,
    lastingAddress: (folder) => `files:${resolve(folder)}`,
    spool: (folder) => `${resolve(folder)}-spool`,
    open: async (folder, options) =>
      (await import("../store/files/files-store.ts")).openFilesStore(folder, options),
    openQueue: undefined,
    migrate: undefined,
  },
  sqlite: {
    aliases: [],
    form: "sqlite:<file>",
    example: "sqlite:./hone.db",
    what: "one file, WAL, several processes writing",
    when: "one machine: the default",
    read: readPath,
    isMeantBy: (path, found) =>
      found === undefined ? /\.(db|sqlite3?)$/i.test(path) : !found.isDirectory(),
    lastingAddress: (path) => `sqlite:${resolve(path)}`,
    spool: (path) => `${path}-spool`,
    open: async (path, options) =>
      (await import("../store/sqlite/sqlite-store.ts")).openSqliteStore(path, options),
    openQueue: async (path) =>
      (await import("../store/sqlite/sqlite-store.ts")).openSqliteQueue(path),
    migrate: async (path) => (await import("../store/sqlite/sqlite-store.ts")).migrateSqlite(path),
  },
  postgres: {
    aliases: ["postgresql"],
    form: "postgres://…",
    example: "postgres://user@host:5432/database",
    what: "PostgreSQL 15 or later",
    when: "several machines",
    read: ({ url, rest }) => {
      if (!rest.startsWith("//")) return { problem: "it lacks // before the host" };
      if (wholeUrl(url) !== undefined) return url;
      return { problem: "a name or password in it has to be percent-encoded" };
    },
    isMeantBy: () => false,
    lastingAddress: (url) => url,
    spool: userSpool,
    open: async (url, options) =>
      (await import("../store/postgres/postgres-store.ts")).openPostgresStore(url, options),
    openQueue: async (url) =>
      (await import("../store/postgres/postgres-store.ts")).openPostgresQueue(url),
    migrate: async (url) =>
      (await import("../store/postgres/postgres-store.ts")).migratePostgres(url),
  },
  https: {
    aliases: ["http"],
    form: "https://…",
    example: "https://traces.example",
    what: "a store that `npx hone store serve` offers over HTTP",
    when: "machines that do not reach the database itself; the key in HONE_STORE_KEY",
    read: readServer,
    isMeantBy: () => false,
    lastingAddress: (url) => url,
    spool: userSpool,
    open: async (url, { key = storeKey(), onProblem, onWaiting, retryMs }) => {
      const { openRemoteStore } = await import("../remote/remote-store.ts");
      const { reportOnce } = await import("../store/unreadable-parts.ts");
      const report = reportOnce(onProblem === undefined ? {} : { onProblem });
      const waits = { onWaiting, ...(retryMs !== undefined && { retryMs }) };
      return openRemoteStore(url, { key, onProblem: report, ...waits });
    },
    openQueue: async (url) => {
      const { openRemoteQueue } = await import("../remote/remote-queue.ts");
      return openRemoteQueue(url, { key: storeKey() });
    },
    migrate: undefined,
  },
  memory: {
    aliases: [],
    form: "memory:",
    example: "memory:",
    what: "nothing on disk",
    when: "tests, short programs",
    read: () => "",
    isMeantBy: () => false,
    lastingAddress: undefined,
    spool: undefined,
    open: async () => (await import("../store/memory-store.ts")).memoryStore(),
    openQueue: undefined,
    migrate: undefined,
  },
} as const satisfies Readonly<Record<string, StoreKind>>;

/** The store that commands and recorded agents use when neither they nor HONE_STORE name one. */
export const defaultStore = stores.sqlite.example;

/** A path behind the scheme; two slashes before an absolute one may be there or not. */
function readPath({ rest }: StoreAddress): string | { readonly problem: string } {
  const path = rest.replace(/^\/\/(?=\/)/, "");
  if (path !== "" && path !== ":memory:") return path;
  return { problem: "it names no path; memory: keeps traces in memory" };
}

/** The address of a server, without a slash at its end. A key in it would be shown wherever the address is. */
function readServer({ url }: StoreAddress): string | { readonly problem: string } {
  const address = URL.parse(url);
  if (address === null) return { problem: "it is no URL" };
  const { username, password, search, hash } = address;
  if (username !== "" || password !== "") return { problem: "its key belongs in HONE_STORE_KEY" };
  if (search !== "" || hash !== "")
    return { problem: "it is the address of a server, without ? and #" };
  return address.href.replace(/\/+$/, "");
}

/** The key of served stores, from the environment; undefined where it is empty. */
const storeKey = (): string | undefined => process.env["HONE_STORE_KEY"] || undefined;

/** The user's own folder for a server's store, which has no place on this machine: below XDG_STATE_HOME, else ~/.local/state. */
function userSpool(url: string): string {
  const state = process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  const name = createHash("sha256").update(withoutUser(url)).digest("hex").slice(0, 16);
  return join(state, "hone", "spool", name);
}

/** A scheme of the table, with its row. */
export interface StoreRow {
  readonly scheme: string;
  readonly kind: StoreKind;
}

/** The rows of the table. */
export const storeRows: readonly StoreRow[] = Object.entries(stores).map(([scheme, kind]) => ({
  scheme,
  kind,
}));

/** Whether other processes can reach stores of this kind, so that a command finds in them what was written before. */
export const isLasting = ({ lastingAddress }: StoreKind): boolean => lastingAddress !== undefined;

/**
 * A part of the rows as a list in words.
 * @example listStores("form", isLasting); // "files:<folder>, sqlite:<file> or postgres://…"
 */
export function listStores(
  part: "form" | "example",
  isListed: (kind: StoreKind) => boolean = () => true,
): string {
  const listed = storeRows.filter(({ kind }) => isListed(kind)).map(({ kind }) => kind[part]);
  return listed.join(", ").replace(/, ([^,]*)$/, " or $1");
}
