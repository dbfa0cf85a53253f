/** From an address to a store: the one place that knows all of them. */
import { existsSync, statSync } from "node:fs";
import { HoneError } from "../core/errors.ts";
import { withoutUser, wholeUrl } from "../core/shown-address.ts";
import type { RolloutQueue } from "../ports/rollout-queue.ts";
import type { TraceStore } from "../ports/trace-store.ts";
import type { MigrationReport } from "../store/sql/sql-migrations.ts";

export interface OpenStoreOptions {
  /** A store that is not there is an error and not made. Default false. */
  readonly mustExist?: boolean;
  /** Hears of traces that cannot be read, once each, where others are. Default: a warning of the process. */
  readonly onProblem?: (problem: HoneError) => void;
  /** Hears why a server is being waited for, at every try to reach it. */
  readonly onWaiting?: (reason: string) => void;
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
      const { filesStore, isTree } = await import("../store/files/files-store.ts");
      if (options.mustExist === true) demandTree(place.path, isTree);
      return filesStore(place.path, options);
    }
    case "sqlite":
      return (await import("../store/sqlite/sqlite-store.ts")).openSqliteStore(place.path, options);
    case "postgres":
      return (await import("../store/postgres/postgres-store.ts")).openPostgresStore(
        place.url,
        options,
      );
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
    return (await import("../store/sqlite/sqlite-store.ts")).openSqliteQueue(place.path);
  }
  if (place.kind === "postgres") {
    return (await import("../store/postgres/postgres-store.ts")).openPostgresQueue(place.url);
  }
  const problem = `a ${place.kind} store has no queue of rollouts; sqlite and postgres have one`;
  throw new HoneError("STORE_URL_INVALID", { url, problem });
}

/**
 * Brings a store's schema to the version of this build.
 * @returns undefined for stores that need none: files carry their version each, and older ones are read as they are
 * @throws as `openStore`; STORE_NOT_FOUND
 */
export async function migrateStore(url: string): Promise<MigrationReport | undefined> {
  const place = storePlace(url);
  if (place.kind === "sqlite") {
    return (await import("../store/sqlite/sqlite-store.ts")).migrateSqlite(place.path);
  }
  if (place.kind === "postgres") {
    return (await import("../store/postgres/postgres-store.ts")).migratePostgres(place.url);
  }
  if (place.kind === "files") {
    demandTree(place.path, (await import("../store/files/files-store.ts")).isTree);
  }
  return undefined;
}

function demandTree(folder: string, isTree: (folder: string) => boolean): void {
  if (isTree(folder)) return;
  const reason = existsSync(folder)
    ? "no traces are in that folder, which has no folder traces and is none of hone's"
    : "there is no such folder";
  throw new HoneError("STORE_NOT_FOUND", { store: `files:${folder}`, reason });
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
      if (!rest.startsWith("//")) throw invalid(url, "it lacks // before the host");
      if (wholeUrl(url) === undefined)
        throw invalid(url, "a name or password in it has to be percent-encoded");
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
      throw invalid(url, "it has no scheme such as sqlite: in front", meantBy(url));
    default:
      throw invalid(url, `the scheme ${scheme}: is unknown`);
  }
}

/** A path without a scheme: what lies there tells which it lacks. */
function meantBy(path: string): string | undefined {
  const facts = path === "" ? undefined : statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return /\.(db|sqlite3?)$/i.test(path) ? `sqlite:${path}` : undefined;
  return `${facts.isDirectory() ? "files" : "sqlite"}:${path}`;
}

const invalid = (url: string, problem: string, meant?: string): HoneError => {
  const shown = withoutUser(url);
  return new HoneError("STORE_URL_INVALID", {
    url: shown,
    problem,
    ...(meant === undefined || shown !== url ? {} : { meant }),
  });
};
