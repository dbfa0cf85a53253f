import { connect } from "node:net";
import { expect, it } from "vitest";
import { listenFor } from "./serving-listener.ts";

it("begins the requests for work that come at once in turns, so that /health is asked before they are all begun", async () => {
  const begun: string[] = [];
  const app = {
    fetch: (request: Request): Response => {
      begun.push(request.method);
      return new Response("done");
    },
  };
  const limits = { requestMs: 60_000, readMs: 60_000 };
  const listening = await listenFor(app, { host: "127.0.0.1", port: 0, limits });
  const socket = connect(Number(new URL(listening.url).port), "127.0.0.1");
  try {
    const work = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n".repeat(20);
    // One packet, which the server reads at once.
    socket.write(`${work}GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    let answers = "";
    for await (const bytes of socket) {
      answers += String(bytes);
      if (answers.split("HTTP/1.1 200").length > 21) break;
    }
    expect(begun).toHaveLength(21);
    expect(begun.at(-1)).toBe("POST");
  } finally {
    socket.destroy();
    await listening.close({ timeoutMs: 0 });
  }
});
