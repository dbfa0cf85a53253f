/**
 * Preloaded into programs that tests start: nothing leaves this machine.
 *
 * The exporter of OpenAI Agents JS gets the answer it wants; everything else that is not on 127.0.0.1 fails. Both are written
 * to the file that OFFLINE_LOG names, a line each.
 */
import { appendFileSync } from "node:fs";

const real = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.hostname === "127.0.0.1") return real(input, init);
  const log = process.env["OFFLINE_LOG"];
  if (log !== undefined) appendFileSync(log, `${url.host}${url.pathname}\n`);
  if (url.pathname === "/v1/traces/ingest") return new Response(null, { status: 204 });
  throw new TypeError(`no test may reach ${url.host}`);
};
