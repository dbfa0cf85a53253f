import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serveUi, type ServingUi } from "./serve-ui.ts";

let folder = "";
let ui: ServingUi;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-ui-writing-"));
  ui = await serveUi({ runs: folder, port: 0 });
});
afterAll(async () => {
  await ui.close();
  await rm(folder, { recursive: true, force: true });
});

const tokenOf = async (): Promise<string> =>
  ((await (await fetch(`${ui.url}/api/session`)).json()) as { readonly token: string }).token;

/** The status and the code of a request that would change something. */
async function post(headers: Record<string, string>): Promise<readonly [number, string]> {
  const answer = await fetch(`${ui.url}/api/nothing`, { method: "POST", headers, body: "{}" });
  return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code];
}

const refused = [403, "UI_WRITE_REFUSED"];
const json = { "content-type": "application/json" };

it("lets a page of its own write, which shows the token of the server", async () => {
  const own = { ...json, "x-hone-token": await tokenOf() };
  const reached = [404, "SERVE_PATH_UNKNOWN"];
  expect(await post(own)).toEqual(reached);
  expect(await post({ ...own, origin: ui.url, "sec-fetch-site": "same-origin" })).toEqual(reached);
});

it.each([
  ["without a token", {}],
  ["with another token", { "x-hone-token": "x".repeat(43) }],
])("refuses to write %s", async (_, headers) => {
  expect(await post({ ...json, ...headers })).toEqual(refused);
});

it("refuses to write for pages of others, also of this machine, and for forms", async () => {
  const token = { "x-hone-token": await tokenOf() };
  for (const headers of [
    // Another program on this machine, a site that a browser calls another, a form.
    { ...json, origin: "http://localhost:1" },
    { ...json, "sec-fetch-site": "same-site" },
    { ...json, "sec-fetch-site": "cross-site" },
    { "content-type": "text/plain" },
  ])
    expect(await post({ ...token, ...headers })).toEqual(refused);
});

it("gives the token to no other origin", async () => {
  const answer = await fetch(`${ui.url}/api/session`, {
    headers: { origin: "http://127.0.0.1:1" },
  });
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  expect(answer.headers.get("cache-control")).toBe("no-store");
});
