/** From an address to a store: the one place that knows all of them. */
import { existsSync } from "node:fs";
import { HoneError } from "../core/errors.ts";
import type { RolloutQueue } from "../ports/rollout-queue.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import type { MigrationReport } from "../store/sql-migrations.ts";

export interface OpenStoreOptions {
  /** A store that is not there is an error and not made. Default false. */
  readonly mustExist?: boolean;
  /** Hears of files of a tree that cannot be read, once each. Default: a warning of the process. */
  readonly onProblem?: (problem: HoneError) => void;
}

/** Where the address leads: a kind of store and the rest. */
export type StorePlace =
  | { readonly kind: "files" | "sqlite"; readonly path: string }
  | { readonly kind: "memory" }
  | { readonly kind: "postgres"; readonly url: string };

/**
 * Opens the store of an address; one that is not there is made. No password gets into messages.
 *
 * @param url  `files:./rl_data`, `sqlite:./hone.db`, `postgres://user:password@host:5432/database` or `memory:`
 * @throws STORE_URL_INVALID, STORE_NOT_FOUND, STORE_REFUSED, STORE_UNREACHABLE, STORE_LOCKED, STORE_SCHEMA_TOO_NEW,
 *   STORE_DAMAGED, WRITE_FAILED, DISK_FULL
 * @example const store = await openStore("sqlite:./hone.db");
 */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<TraceStore> {
  const place = storePlace(url);
  switch (place.kind) {
    case "memory":
      return (await import("../store/memory-store.ts")).memoryStore();
    case "files": {
      if (options.mustExist === true && !existsSync(place.path)) {
        throw new HoneError("STORE_NOT_FOUND", { store: url, reason: "there is no such folder" });
      }
      return (await import("../store/files-store.ts")).filesStore(place.path, options);
    }
    case "sqlite":
      return (await import("../store/sqlite-store.ts")).openSqliteStore(place.path, options);
    case "postgres":
      return (await import("../store/postgres-store.ts")).openPostgresStore(place.url, options);
  }
}

/**
 * Opens the rollout queue of an address: `sqlite:…` or `postgres://…`.
 * @throws as `openStore`; STORE_URL_INVALID for stores without a queue
 * @example const queue = await openQueue("sqlite:./hone.db");
 */
export async function openQueue(url: string): Promise<RolloutQueue> {
  const place = storePlace(url);
  if (place.kind === "sqlite") {
    return (await import("../store/sqlite-store.ts")).openSqliteQueue(place.path);
  }
  if (place.kind === "postgres") {
    return (await import("../store/postgres-store.ts")).openPostgresQueue(place.url);
  }
  const problem = `a ${place.kind} store has no queue of rollouts; sqlite and postgres have one`;
  throw new HoneError("STORE_URL_INVALID", { url, problem });
}

/**
 * Brings a store's schema to the version of this build.
 * @returns undefined for stores that need none: files carry their version each, and older ones are read as they are
 * @throws as `openStore`
 */
export async function migrateStore(url: string): Promise<MigrationReport | undefined> {
  const place = storePlace(url);
  if (place.kind === "sqlite") {
    return (await import("../store/sqlite-store.ts")).migrateSqlite(place.path);
  }
  if (place.kind === "postgres") {
    return (await import("../store/postgres-store.ts")).migratePostgres(place.url);
  }
  return undefined;
}

/**
 * Where an address leads, without going there.
 * @throws STORE_URL_INVALID, which shows no user and no password
 */
export function storePlace(url: string): StorePlace {
  const [, scheme = "", rest = ""] = /^([a-z][a-z+]*):(.*)$/is.exec(url) ?? [];
  switch (scheme.toLowerCase()) {
    case "memory":
      return { kind: "memory" };
    case "postgres":
    case "postgresql":
      return { kind: "postgres", url };
    case "files":
    case "sqlite": {
      const path = rest.replace(/^\/\/(?=\/)/, "");
      if (path === "" || path === ":memory:") {
        throw new HoneError("STORE_URL_INVALID", {
          url,
          problem: "it names no path; memory: keeps traces in memory",
        });
      }
      return { kind: scheme.toLowerCase() as "files" | "sqlite", path };
    }
    case "":
      throw invalid(url, "it has no scheme such as sqlite: in front");
    default:
      throw invalid(url, `the scheme ${scheme}: is unknown`);
  }
}

const invalid = (url: string, problem: string): HoneError =>
  new HoneError("STORE_URL_INVALID", { url: url.replace(/\/\/.*@/s, "//…@"), problem });
