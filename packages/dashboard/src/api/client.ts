/** The server's endpoints, typed by docs/ui-api.json, and the key where the server asks for one. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

export type Schemas = components["schemas"];

const keyName = "hone-ui-key";

/** The address that `hone ui` prints ends with #key=…, which the browser keeps for this tab and takes out of the address. */
function readKey(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given !== null && given !== "") {
    sessionStorage.setItem(keyName, given);
    history.replaceState(undefined, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(keyName) ?? undefined;
}

const key = readKey();

/** Keeps a key that somebody typed, and asks for everything again. */
export function keepKey(given: string): void {
  sessionStorage.setItem(keyName, given);
  location.reload();
}

/** The headers of every request. */
export const requestHeaders: Readonly<Record<string, string>> =
  key === undefined ? {} : { authorization: `Bearer ${key}` };

export const client = createClient<paths>({ headers: requestHeaders });

/** What the server said was wrong: its code, and in words the way out. */
export class ServerProblem extends Error {
  readonly code: string;
  /** Whether asking again may help: the fault was the server's, or something between it and this page. */
  readonly mayPass: boolean;

  constructor(code: string, message: string, mayPass: boolean) {
    super(message);
    this.code = code;
    this.mayPass = mayPass;
  }
}

/** No answer has come: the server has ended, or is not reached. It may be back later. */
export class ServerAway extends Error {
  constructor() {
    super("The server does not answer. It goes on here when the server is back.");
  }
}

/** The code of an answer to a request without the key. */
export const KEY_WANTED = "SERVE_DENIED";

/** The code of an answer to a request whose token is that of a server which has ended since. */
const TOKEN_WANTED = "UI_WRITE_REFUSED";

let session: Promise<Schemas["Session"]> | undefined;

/** What this page may change, and its token, which is asked for once. */
export function pageSession(): Promise<Schemas["Session"]> {
  session ??= client
    .GET("/api/session")
    .then(dataOf)
    .catch((error: unknown) => {
      session = undefined;
      throw error;
    });
  return session;
}

client.use({
  onRequest: async ({ request }) => {
    if (request.method === "GET") return request;
    request.headers.set("x-hone-token", (await pageSession()).token);
    // The server takes no other type, also of a request without a body.
    request.headers.set("content-type", "application/json");
    return request;
  },
  // A request that this page ended itself says nothing about the server.
  onError: ({ error }) =>
    error instanceof DOMException && error.name === "AbortError" ? undefined : new ServerAway(),
});

/** The data of a request that changes something; it is sent again where the server was started anew meanwhile. @throws ServerProblem */
export async function written<T>(send: () => Promise<Answer<T>>): Promise<T> {
  const answer = await send();
  if (answer.error?.error.code !== TOKEN_WANTED) return dataOf(answer);
  session = undefined;
  return dataOf(await send());
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: Schemas["Problem"];
  readonly response: Response;
}

/** The data of an answer. @throws ServerProblem */
export function dataOf<T>({ data, error, response }: Answer<T>): T {
  if (data !== undefined) return data;
  const { code = "NO_ANSWER", message = `The server answered with status ${response.status}.` } =
    error?.error ?? {};
  throw new ServerProblem(code, message, response.status >= 500);
}

/** What the list of traces is asked. */
export type TraceQuery = NonNullable<paths["/api/traces"]["get"]["parameters"]["query"]>;
/** The conditions on traces that a page's address holds. */
export type TraceConditions = Omit<TraceQuery, "cursor" | "limit" | "order" | "direction">;

type Query<P extends keyof paths> = paths[P] extends {
  readonly get: { readonly parameters: { readonly query?: infer Q } };
}
  ? NonNullable<Q>
  : never;

/** Two measurements by their runs, or evaluations, and stages. */
export type ComparedStages = paths["/api/evaluations/comparison"]["get"]["parameters"]["query"];

export const api = {
  runs: async (signal: AbortSignal) => dataOf(await client.GET("/api/runs", { signal })),
  run: async (name: string, signal: AbortSignal) =>
    dataOf(await client.GET("/api/runs/{name}", { signal, params: { path: { name } } })),
  distributions: async (name: string, signal: AbortSignal) =>
    dataOf(
      await client.GET("/api/runs/{name}/distributions", { signal, params: { path: { name } } }),
    ),
  evaluations: async (signal: AbortSignal) =>
    dataOf(await client.GET("/api/evaluations", { signal })),
  evaluation: async (name: string, signal: AbortSignal) =>
    dataOf(await client.GET("/api/evaluations/{name}", { signal, params: { path: { name } } })),
  compareStages: async (query: ComparedStages, signal: AbortSignal) =>
    dataOf(await client.GET("/api/evaluations/comparison", { signal, params: { query } })),
  comparison: async (names: readonly string[], signal: AbortSignal) =>
    dataOf(await client.GET("/api/comparison", { signal, params: { query: { run: [...names] } } })),
  traces: async (query: TraceQuery, signal: AbortSignal) =>
    dataOf(await client.GET("/api/traces", { signal, params: { query } })),
  traceGroups: async (query: Query<"/api/trace-groups">, signal: AbortSignal) =>
    dataOf(await client.GET("/api/trace-groups", { signal, params: { query } })),
  traceTimes: async (query: Query<"/api/trace-times">, signal: AbortSignal) =>
    dataOf(await client.GET("/api/trace-times", { signal, params: { query } })),
  traceErrors: async (query: Query<"/api/trace-errors">, signal: AbortSignal) =>
    dataOf(await client.GET("/api/trace-errors", { signal, params: { query } })),
  trace: async (id: string, signal: AbortSignal) =>
    dataOf(await client.GET("/api/traces/{id}", { signal, params: { path: { id } } })),
};
