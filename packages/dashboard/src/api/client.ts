/** The server's endpoints, typed by docs/ui-api.json, and the key where the server asks for one. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

export type Schemas = components["schemas"];

const keyName = "hone-ui-key";

/** The address that `hone ui` prints ends with #key=…, which the browser keeps for this tab and takes out of the address. */
function readKey(): string | undefined {
  const given = /^#key=(.+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    sessionStorage.setItem(keyName, decodeURIComponent(given));
    history.replaceState(undefined, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(keyName) ?? undefined;
}

const key = readKey();

/** The headers of every request. */
export const requestHeaders: Readonly<Record<string, string>> =
  key === undefined ? {} : { authorization: `Bearer ${key}` };

const client = createClient<paths>({ headers: requestHeaders });

/** What the server said was wrong: its code, and in words the way out. */
export class ServerProblem extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The data of an answer. @throws ServerProblem */
function dataOf<T>({ data, error }: { data?: T; error?: Schemas["Problem"] }): T {
  if (data !== undefined) return data;
  const { code = "NO_ANSWER", message = "The server gave no answer." } = error?.error ?? {};
  throw new ServerProblem(code, message);
}

type TraceParameters = NonNullable<paths["/api/traces"]["get"]["parameters"]["query"]>;
type StatisticsParameters = NonNullable<
  paths["/api/traces/statistics"]["get"]["parameters"]["query"]
>;

/** The conditions on traces that a page's address holds. */
export type TraceConditions = Omit<TraceParameters, "cursor" | "limit">;

export const api = {
  runs: async (signal: AbortSignal) => dataOf(await client.GET("/api/runs", { signal })),
  run: async (name: string, signal: AbortSignal) =>
    dataOf(await client.GET("/api/runs/{name}", { signal, params: { path: { name } } })),
  comparison: async (names: readonly string[], signal: AbortSignal) =>
    dataOf(
      await client.GET("/api/runs/comparison", {
        signal,
        params: { query: { names: names.join(",") } },
      }),
    ),
  traces: async (query: TraceParameters, signal: AbortSignal) =>
    dataOf(await client.GET("/api/traces", { signal, params: { query } })),
  statistics: async (query: StatisticsParameters, signal: AbortSignal) =>
    dataOf(await client.GET("/api/traces/statistics", { signal, params: { query } })),
  trace: async (id: string, signal: AbortSignal) =>
    dataOf(await client.GET("/api/traces/{id}", { signal, params: { path: { id } } })),
};
