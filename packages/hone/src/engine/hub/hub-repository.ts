/** What the hub says about a model: its commit, its files, and each file's size and hash. */
import { HoneError } from "../../core/errors.ts";
import { type HubConnection, send, withRetries } from "./hub-request.ts";
import { isCommit } from "./model-id.ts";

/** A revision's commit and the names of its files. */
export interface RevisionListing {
  readonly commit: string;
  readonly files: readonly string[];
}

/** A file as the hub describes it. */
export interface FileFacts {
  readonly name: string;
  readonly url: string;
  readonly size: number;
  /** SHA-256 of the bytes (64 digits), or for small files git's SHA-1 of the blob (40 digits); names it in the cache. */
  readonly hash: string;
}

/** Asks which commit the revision stands for now, and which files it holds. */
export async function listRevision(connection: HubConnection): Promise<RevisionListing> {
  const { endpoint, model, revision } = connection;
  const url = `${endpoint}/api/models/${model}/revision/${encodeURIComponent(revision)}`;
  const text = await withRetries(connection, url, () =>
    send(connection, { url }, (reply) => reply.text()),
  );
  const bad = (problem: string) => new HoneError("HUB_BAD_REPLY", { url, problem });
  let reply: { sha?: unknown; siblings?: unknown } | null;
  try {
    reply = JSON.parse(text) as typeof reply;
  } catch {
    throw bad("it is not JSON");
  }
  const commit = reply?.sha;
  if (typeof commit !== "string" || !isCommit(commit)) throw bad("it names no commit");
  if (!Array.isArray(reply?.siblings)) throw bad("it lists no files");
  const files = (reply.siblings as { rfilename?: unknown }[]).map((row) => row?.rfilename);
  return { commit, files: files.filter((name) => typeof name === "string") };
}

/** Asks for one file's size and hash without fetching it. */
export async function fileFacts(
  connection: HubConnection,
  commit: string,
  name: string,
): Promise<FileFacts> {
  const url = `${connection.endpoint}/${connection.model}/resolve/${commit}/${encodeURIComponent(name)}`;
  const request = { url, method: "HEAD", stayOnHub: true } as const;
  const headers = await withRetries(connection, url, () =>
    send(connection, request, async (reply) => reply.headers),
  );
  const hash = (headers.get("x-linked-etag") ?? headers.get("etag") ?? "")
    .replace(/^W\//, "")
    .replaceAll('"', "");
  const length = headers.get("x-linked-size") ?? headers.get("content-length") ?? "";
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) {
    throw new HoneError("HUB_BAD_REPLY", { url, problem: "it gives no hash (ETag) of the file" });
  }
  if (!/^\d{1,15}$/.test(length))
    throw new HoneError("HUB_BAD_REPLY", { url, problem: "it gives no size of the file" });
  return { name, url, hash, size: Number(length) };
}
