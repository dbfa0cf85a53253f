import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { type RemotePolicy, remotePolicy } from "./remote-policy.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const training = {
  weights: "hash",
  token_ids: [7, 8],
  log_probs: [-0.5, -1],
  sampling_log_probs: [-0.25, -2],
  stop_reason: "length",
};

/** A policy of a server that gives these answers, one after the other, and what the server was asked. */
async function policyOf(
  ...answers: readonly (readonly [status: number, body: object])[]
): Promise<RemotePolicy & { readonly asked: object[] }> {
  const asked: object[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      const [status, body] = answers[Math.min(asked.length, answers.length - 1)]!;
      asked.push(JSON.parse(text));
      response.writeHead(status).end(JSON.stringify(body));
    });
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { model: "m", weights: "hash", weightsVersion: "policy@3", pausesMs: [1, 1] };
  return { ...remotePolicy({ server: { url }, ...options }), asked };
}

const params = { maxTokens: 4, temperature: 0.5, topK: 9, stopStrings: ["."], seed: 11 };

it("gives a sequence with what training needs, also after a server that was busy", async () => {
  const whole = { ...training, kept: ["BAMB", ""] };
  const policy = await policyOf([503, {}], [200, { choices: [{ training: whole }] }]);
  expect(await policy.client.sample([1, 2], 1, params)).toEqual([
    {
      ...{ tokens: [7, 8], logProbs: [-0.5, -1], samplingLogProbs: [-0.25, -2] },
      ...{ kept: ["BAMB", ""], stopReason: "length", weightsVersion: "policy@3" },
    },
  ]);
  expect(policy.asked).toHaveLength(2);
  expect(policy.asked[1]).toEqual({
    ...{ model: "m", prompt: [1, 2], max_tokens: 4, training: { weights: "hash" } },
    ...{ temperature: 0.5, top_k: 9, seed: 11, stop: ["."] },
  });
  expect(policy.gone.aborted).toBe(false);
});

it.each([
  ["stays away", "WORKER_SERVER_AWAY", [503, {}]],
  ["fails", "WORKER_SERVER_FAILED", [500, { error: { message: "no memory" } }]],
  [
    "answers with another number of log-probs than of tokens",
    "WORKER_SERVER_REFUSED",
    [200, { choices: [{ training: { ...training, log_probs: [-0.5] } }] }],
  ],
  ["has other weights", "WORKER_SERVER_REFUSED", [409, { error: { message: "others" } }]],
  ["knows nothing of training", "WORKER_SERVER_REFUSED", [200, { choices: [{ text: "hi" }] }]],
  [
    "answers with other weights",
    "WORKER_SERVER_REFUSED",
    [200, { choices: [{ training: { ...training, weights: "old" } }] }],
  ],
] as const)("ends its calls where the server %s, and says why", async (_, code, answer) => {
  const policy = await policyOf(answer);
  const sampling = policy.client.sample([1], 1, params);
  await expect(sampling).rejects.toMatchObject({ code: "CANCELLED" });
  expect(policy.gone.reason).toMatchObject({ code });
});

it("counts a server that says nothing as one that is away", async () => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  servers.push(silent);
  await once(silent, "listening");
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const names = { model: "m", weights: "hash", weightsVersion: "policy@3", pausesMs: [] };
  const policy = remotePolicy({ server: { url, quietMs: 20 }, ...names });
  await expect(policy.client.sample([1], 1, params)).rejects.toMatchObject({ code: "CANCELLED" });
  expect(policy.gone.reason).toMatchObject({ code: "WORKER_SERVER_AWAY" });
  expect(String(policy.gone.reason)).toContain("nothing came for 20 ms");
});

it("only ends a call whose own signal aborts", async () => {
  const policy = await policyOf([503, {}]);
  const sampling = policy.client.sample([1], 1, params, AbortSignal.abort());
  await expect(sampling).rejects.toMatchObject({ code: "CANCELLED" });
  expect(policy.gone.aborted).toBe(false);
});
