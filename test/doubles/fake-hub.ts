/**
 * A server on 127.0.0.1 that answers like the Hugging Face hub, as far as hone needs it, with faults on demand.
 *
 * Like the real hub it serves large files from another origin (a second port), redirects requests for small files to
 * itself, and names every file's hash and size in headers.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeModel {
  readonly id: string;
  readonly commit: string;
  readonly files: Readonly<Record<string, string | Buffer>>;
}

/** A fault of the storage host at the next request for a file's bytes; each fault happens once. */
export type Fault =
  | { readonly kind: "drop" | "stall"; readonly afterBytes: number }
  | { readonly kind: "damage" | "ignore-range" }
  | { readonly kind: "status"; readonly status: number };

/** The state that both servers read at every request. */
interface HubState {
  /** All requests in order: "GET /path", and the headers that tests look at. */
  readonly log: {
    readonly host: "hub" | "storage";
    readonly line: string;
    readonly token?: string;
    readonly range?: string;
  }[];
  readonly faults: Fault[];
  /** While it is set, the hub (not the storage) gives this answer to every request. */
  refusal?: { readonly status: number; readonly code?: string };
  model: FakeModel;
}

export interface FakeHub extends HubState {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Files of at least this many bytes are on the storage host and are named by SHA-256. */
const largeFrom = 1000;

export async function startFakeHub(model: FakeModel): Promise<FakeHub> {
  const hub: HubState = { model, log: [], faults: [] };
  const storage = await listen((request, reply) => serveStorage(hub, request, reply));
  const front = await listen((request, reply) => serveHub(hub, addressOf(storage), request, reply));
  const close = async (): Promise<void> => {
    for (const server of [front, storage]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  };
  return Object.assign(hub, { endpoint: addressOf(front), close });
}

type Handler = (request: IncomingMessage, reply: ServerResponse) => void;

async function listen(handler: Handler): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function note(
  hub: HubState,
  host: "hub" | "storage",
  { method, url, headers }: IncomingMessage,
): void {
  const { authorization: token, range } = headers;
  hub.log.push({
    host,
    line: `${method} ${url}`,
    ...(token ? { token } : {}),
    ...(range ? { range } : {}),
  });
}

function serveHub(
  hub: HubState,
  storage: string,
  request: IncomingMessage,
  reply: ServerResponse,
): void {
  note(hub, "hub", request);
  const { id, commit, files } = hub.model;
  const url = request.url ?? "";
  if (hub.refusal) {
    const { status, code } = hub.refusal;
    reply.writeHead(status, code === undefined ? {} : { "x-error-code": code }).end();
    return;
  }
  if (
    [
      `/api/models/${id}/revision/main`,
      `/api/models/${id}/revision/${commit}`,
      `/api/models/${id}/revision/pr%2F1`,
    ].includes(url)
  ) {
    reply.end(
      JSON.stringify({
        sha: commit,
        siblings: Object.keys(files).map((rfilename) => ({ rfilename })),
      }),
    );
    return;
  }
  const name = [`/${id}/resolve/${commit}/`, `/cache/${commit}/`].find((start) =>
    url.startsWith(start),
  );
  const bytes = name === undefined ? undefined : files[decodeURIComponent(url.slice(name.length))];
  if (name === undefined || bytes === undefined) {
    reply.writeHead(404).end();
    return;
  }
  const body = Buffer.from(bytes);
  const hash = hashOf(body);
  const facts = { "x-linked-etag": `"${hash}"`, "x-linked-size": String(body.length) };
  if (body.length >= largeFrom)
    reply.writeHead(302, { ...facts, location: `${storage}/${hash}?signature=secret` }).end();
  else if (name.startsWith("/cache/")) sendRange(request, reply, body, { etag: `W/"${hash}"` });
  else reply.writeHead(307, { location: `/cache/${commit}/${url.slice(name.length)}` }).end();
}

function serveStorage(hub: HubState, request: IncomingMessage, reply: ServerResponse): void {
  note(hub, "storage", request);
  const hash = (request.url ?? "").slice(1, 65);
  const body = Object.values(hub.model.files)
    .map((bytes) => Buffer.from(bytes))
    .find((bytes) => hashOf(bytes) === hash);
  const fault = hub.faults.shift();
  if (!body) {
    reply.writeHead(404).end();
  } else if (fault?.kind === "status") {
    reply.writeHead(fault.status).end();
  } else if (fault?.kind === "drop" || fault?.kind === "stall") {
    const start = startOf(request);
    reply.writeHead(start > 0 ? 206 : 200, rangeHeaders(start, body));
    reply.write(body.subarray(start, start + fault.afterBytes), () => {
      if (fault.kind === "drop") setTimeout(() => reply.destroy(), 20);
    });
  } else if (fault?.kind === "ignore-range") {
    reply.end(body);
  } else {
    sendRange(request, reply, fault?.kind === "damage" ? Buffer.alloc(body.length, "x") : body, {});
  }
}

function sendRange(
  request: IncomingMessage,
  reply: ServerResponse,
  body: Buffer,
  headers: Record<string, string>,
): void {
  const start = startOf(request);
  if (start > 0 && start >= body.length) {
    reply.writeHead(416).end();
    return;
  }
  reply.writeHead(start > 0 ? 206 : 200, { ...headers, ...rangeHeaders(start, body) });
  reply.end(request.method === "HEAD" ? undefined : body.subarray(start));
}

const startOf = (request: IncomingMessage) =>
  Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);

function rangeHeaders(start: number, body: Buffer): Record<string, string> {
  const length = { "content-length": String(body.length - start) };
  return start > 0
    ? { ...length, "content-range": `bytes ${start}-${body.length - 1}/${body.length}` }
    : length;
}

/** As the hub names files: SHA-256 for large ones, git's blob hash for small ones. */
export function hashOf(body: Buffer): string {
  if (body.length >= largeFrom) return createHash("sha256").update(body).digest("hex");
  return createHash("sha1").update(`blob ${body.length}\0`).update(body).digest("hex");
}
