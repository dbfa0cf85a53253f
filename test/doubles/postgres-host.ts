/**
 * Set up once for a run of tests: starts a PostgreSQL server when the first test asks for it, and stops it after the last. A server
 * costs a second of the processor.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import type { TestPostgres } from "../../packages/hone/src/store/fixtures/postgres-fixture.ts";

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let server: Promise<TestPostgres> | undefined;
  const start = async (): Promise<TestPostgres> => {
    const fixture = await import("../../packages/hone/src/store/fixtures/postgres-fixture.ts");
    return fixture.startPostgres(["fsync=off"]);
  };
  const host = createServer((_, response) => {
    server ??= start();
    server.then(
      (started) => response.end(started.url()),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(host, "listening");
  project.provide("postgresHost", `http://127.0.0.1:${(host.address() as AddressInfo).port}`);
  return async () => {
    host.closeAllConnections();
    host.close();
    // One that did not start was told to the tests that asked.
    const started = await server?.catch(() => undefined);
    await started?.stop();
  };
}
