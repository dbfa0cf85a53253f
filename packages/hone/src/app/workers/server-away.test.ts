/** What a worker does whose server is away, fails, or does not load an adapter. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { tokenizerPrint } from "../../rollouts/tokenizer-print.ts";
import { openRenderer } from "../../text/renderer.ts";
import { QueueTrial } from "./queue-trial-fixture.ts";
import { goldenModel, queuedJob } from "./queued-job-fixture.ts";
import { work, type WorkSettings } from "./work.ts";

const trial = new QueueTrial();
const servers: Server[] = [];
let tokenizer = "";
beforeAll(async () => {
  await trial.make();
  tokenizer = await tokenizerPrint(await openRenderer(goldenModel));
});
beforeEach(async () => {
  await trial.begin();
  const weights = { folder: "w", hash: "0".repeat(32), step: 0, name: "policy@0" };
  const payload = await queuedJob({ tokenizer, weights: { kind: "adapter", ...weights } });
  await trial.queue.enqueue([{ id: "r", payload }]);
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  await trial.end();
});
afterAll(() => trial.remove());

type Answers = (path: string, response: ServerResponse) => void;

async function serverOf(answers: Answers): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answers(request.url!, response));
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const say = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status).end(JSON.stringify(body));

const models = { data: [{ id: "base", max_model_len: 64 }] };

const working = (server: string, more: Partial<WorkSettings> = {}) =>
  work({ queue: `sqlite:${trial.file}`, server, idleSeconds: 0.3, ...more });

describe("a worker", () => {
  it("takes no rollout before its server has answered", async () => {
    const told: string[] = [];
    const onAway = ({ message }: Error): void => void told.push(message);
    const counts = await working("http://127.0.0.1:1", { onAway });
    expect(counts).toEqual({ ended: 0, refused: 0, handedBack: 0 });
    expect((await trial.queue.get("r"))?.worker).toBeUndefined();
    expect(told[0]).toContain("WORKER_SERVER_AWAY");
  });

  it("hands its rollouts to others when its server goes away, and waits without any", async () => {
    let asked = 0;
    const server = await serverOf((_, response) =>
      // It is there when the worker starts, and no longer when the rollout needs it.
      asked++ === 0 ? say(response, 200, models) : say(response, 503, {}),
    );
    const stop = new AbortController();
    const counts = working(server, { idleSeconds: 60, signal: stop.signal });
    await expect
      .poll(async () => (await trial.queue.get("r"))?.error?.code)
      .toBe("WORKER_SERVER_AWAY");
    const [lease] = await trial.queue.lease({ worker: "another", leaseMs: 60_000 });
    expect(lease!.rollout).toMatchObject({ id: "r", attempts: 1 });
    await expect.poll(() => asked).toBeGreaterThan(3);
    stop.abort();
    expect(await counts).toEqual({ ended: 0, refused: 0, handedBack: 1 });
  });

  it("hands a rollout back with the reason why the server did not load its adapter", async () => {
    const server = await serverOf((path, response) =>
      path === "/v1/models"
        ? say(response, 200, models)
        : say(response, 400, { error: { message: "no such folder: w" } }),
    );
    await working(server);
    const { error } = (await trial.queue.get("r"))!;
    expect(error).toMatchObject({ code: "WORKER_SERVER_WEIGHTS" });
    expect(error!.message).toContain("no such folder: w");
  });

  it("counts an attempt where the server fails at a rollout", async () => {
    let asked = 0;
    const server = await serverOf((_, response) =>
      asked++ === 0
        ? say(response, 200, models)
        : say(response, 500, { error: { message: "no memory" } }),
    );
    await working(server);
    const { error, attempts } = (await trial.queue.get("r"))!;
    expect({ attempts, code: error?.code }).toEqual({ attempts: 1, code: "WORKER_SERVER_FAILED" });
    expect(error!.message).toContain("no memory");
  });

  it.each(["gpu:8001", "http://ada:secret@gpu:8001", "http://gpu:8001?key=secret", "ftp://gpu"])(
    "refuses %s as a server before it opens the queue, and shows no password",
    async (server) => {
      const refused: unknown = await work({ queue: "nowhere:", server }).catch((error) => error);
      expect(refused).toMatchObject({ code: "OPTION_INVALID", facts: { option: "server" } });
      expect(String(refused)).not.toContain("secret");
    },
  );

  it("refuses threads beside a server, which it would not use", async () => {
    const both = work({ queue: "nowhere:", server: "http://gpu:8001", threads: 2 });
    await expect(both).rejects.toMatchObject({ facts: { option: "threads" } });
  });
});
