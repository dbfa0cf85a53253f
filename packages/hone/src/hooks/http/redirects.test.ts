/** A request that is answered by a redirect and follows it is one call, and its answer that of the last place. */
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, interceptors, request as undiciRequest } from "undici";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SpanOf } from "../../core/span.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { type KeepingSink, keepingSink } from "../../testing/keeping-sink.ts";
import { installFetchTap } from "../fetch/fetch-tap.ts";
import { ModelCalls } from "../model-calls.ts";

const body = (question: string): string =>
  JSON.stringify({ model: "m", messages: [{ role: "user", content: question }] });
const answer = (content: string): string =>
  JSON.stringify({
    id: "chatcmpl-1",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
  });

let sink: KeepingSink;
let remove: () => void;
let server: Server;
let base: string;

beforeEach(async () => {
  sink = keepingSink();
  const tools = { tracer: createTracer({ sink }), calls: new ModelCalls(), agent: "app" };
  remove = installFetchTap(tools);
  // /<status>/<path> redirects to /<path>; what is asked there is answered with its method and question.
  server = createServer((incoming, response) => {
    void text(incoming).then((given) => {
      const [, status, path] = /^\/(30\d)(\/.*)$/.exec(incoming.url!) ?? [];
      if (status !== undefined) {
        return response.writeHead(Number(status), { location: path! }).end("moved");
      }
      const question = /"content":"(.*?)"/.exec(given)?.[1] ?? "";
      response.setHeader("content-type", "application/json");
      return response.end(answer(`${incoming.method} ${question}`));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  vi.useRealTimers();
  remove();
  server.closeAllConnections();
  server.close();
});

interface Sending {
  readonly method?: string;
  readonly body?: string | undefined;
}

/** What the client does with a redirect before it follows: closes it as follow-redirects does, or reads it as got does. */
const leave = {
  closes: async (response: IncomingMessage) => void response.destroy(),
  reads: async (response: IncomingMessage) => {
    await text(response);
    await sleep(1);
  },
};

/** A client of `node:http` that follows redirects as browsers do. */
async function follow(url: string, sending: Sending, how: keyof typeof leave): Promise<string> {
  const { method = "POST" } = sending;
  const request = httpRequest(url, { method }).end(sending.body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const { statusCode: status = 0, headers } = response;
  if (headers.location === undefined) return text(response);
  await leave[how](response);
  const next = status > 303 ? sending : { method: "GET" };
  return follow(new URL(headers.location, url).href, next, how);
}

const undiciFollow = async (url: string, given: string): Promise<string> => {
  const dispatcher = new Agent().compose(interceptors.redirect({ maxRedirections: 5 }));
  const { body: read } = await undiciRequest(url, { method: "POST", body: given, dispatcher });
  return read.text();
};

const clients: Readonly<Record<string, (url: string, given: string) => Promise<string>>> = {
  "node:http that closes": (url, given) => follow(url, { body: given }, "closes"),
  "node:http that reads": (url, given) => follow(url, { body: given }, "reads"),
  undici: undiciFollow,
  fetch: async (url, given) => (await fetch(url, { method: "POST", body: given })).text(),
  "fetch followed by hand": async (url, given) => {
    const first = await fetch(url, { method: "POST", body: given, redirect: "manual" });
    const next = new URL(first.headers.get("location")!, url);
    const isKept = first.status > 303;
    return (await fetch(next, isKept ? { method: "POST", body: given } : {})).text();
  },
};

const prompts = () => sink.spans.filter((span): span is SpanOf<"prompt"> => span.kind === "prompt");
const said = () =>
  prompts().map(({ output }) => (output as { content: string }[] | undefined)?.[0]?.content);

describe.each(Object.entries(clients))("%s", (name, client) => {
  it.each([301, 302, 303, 307, 308])(
    "a call that is redirected by %i is one call",
    async (status) => {
      const given = body("umbrella?");
      const got = status > 303 ? "POST umbrella?" : "GET ";
      expect(await client(`${base}/${status}/v1/chat/completions`, given)).toBe(answer(got));
      expect(said()).toEqual([got]);
      expect(prompts()[0]).toMatchObject({
        input: [{ role: "user", content: "umbrella?" }],
        attributes: {
          "http.response.status_code": 200,
          "http.response.body": JSON.parse(answer(got)),
        },
      });
      expect(sink.heads.at(-1)).toMatchObject({ status: "completed", task: "umbrella?" });
      expect(new Set(sink.heads.map(({ id }) => id)).size).toBe(1);
    },
  );

  if (name === "fetch followed by hand") return;

  it("also over several redirects, and to a place whose address tells nothing of a model", async () => {
    await client(`${base}/307/308/307/v1/chat/completions`, body("a?"));
    await client(`${base}/307/308/elsewhere?chat/completions`, body("b?"));
    expect(said()).toEqual(["POST a?", "POST b?"]);
  });

  it("calls that are redirected to one place at once are told apart by what they ask", async () => {
    const asked = ["a?", "b?", "c?"];
    await Promise.all(asked.map((one) => client(`${base}/307/v1/chat/completions`, body(one))));
    const pairs = prompts().map(({ input, output }) => [input, output] as never[][]);
    expect(pairs.map(([input, output]) => [input![0]!, output![0]!])).toEqual(
      expect.arrayContaining(
        asked.map((one) => [
          expect.objectContaining({ content: one }),
          expect.objectContaining({ content: `POST ${one}` }),
        ]),
      ),
    );
    expect(pairs).toHaveLength(3);
  });
});

describe("a redirect that is not followed", () => {
  it("is the answer, once no request has followed it for a while", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const url = `${base}/307/v1/chat/completions`;
    await (await undiciRequest(url, { method: "POST", body: body("a?") })).body.text();
    expect(prompts()).toEqual([]);
    vi.runAllTimers();
    expect(prompts()).toMatchObject([{ attributes: { "http.response.status_code": 307 } }]);
    expect(sink.heads.at(-1)!.endedAt).toBeLessThan(Date.now());
    vi.useRealTimers();
    // A later call to its target is one of its own.
    await (
      await undiciRequest(url.replace("/307", ""), { method: "POST", body: body("a?") })
    ).body.text();
    expect(said()).toEqual([undefined, "POST a?"]);
  });
});
