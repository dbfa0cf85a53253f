import { describe, expect, it } from "vitest";
import { type BodyListener, watchedResponse } from "./watched-response.ts";

function listening() {
  const heard: string[] = [];
  let text = "";
  const listener: BodyListener = {
    chunk: (bytes) => void (text += new TextDecoder().decode(bytes)),
    done: () => void heard.push("done"),
    failed: (error) => void heard.push(`failed: ${(error as Error).message}`),
    stopped: () => void heard.push("stopped"),
    unseen: () => void heard.push("unseen"),
  };
  return { listener, heard, text: () => text };
}

/** Its chunks are handed on as they are, not as a byte stream's are. */
const streamOf = (chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> =>
  ReadableStream.from(chunks) as ReadableStream<Uint8Array>;

describe("a watched response", () => {
  it("leaves the memory of a mock's chunks to whoever it belongs to", async () => {
    // Small Buffers share one block of memory with everybody's.
    const others = Buffer.from("somebody else's");
    const pooled = [Buffer.from("Hello "), Buffer.from("there")];
    const { listener, heard, text } = listening();
    const response = watchedResponse(new Response(streamOf(pooled)), listener);
    const seen: unknown[] = [];
    for await (const chunk of response.body!) seen.push(chunk);
    expect(seen[0]).toBe(pooled[0]);
    expect(seen[1]).toBe(pooled[1]);
    expect([others, ...pooled].map(String)).toEqual(["somebody else's", "Hello ", "there"]);
    expect([text(), heard]).toEqual(["Hello there", ["done"]]);
  });

  it("passes on a chunk that a mock fills again and again", async () => {
    const one = new Uint8Array(1);
    const filled = function* (): Generator<Uint8Array> {
      for (const letter of "abc") {
        one[0] = letter.charCodeAt(0);
        yield one;
      }
    };
    const { listener, text } = listening();
    const response = watchedResponse(new Response(streamOf(filled())), listener);
    let read = "";
    for await (const chunk of response.body!) read += String.fromCharCode(chunk[0]!);
    expect([read, text()]).toEqual(["abc", "abc"]);
  });

  it.each(["bytes", undefined] as const)(
    "pulls a stream of type %s no further than the app",
    async (type) => {
      let pulled = 0;
      const body = new ReadableStream<Uint8Array>(
        {
          type: type as undefined,
          pull: (controller) => {
            pulled++;
            controller.enqueue(new Uint8Array([97]));
          },
        },
        { highWaterMark: 0 },
      );
      const { listener, heard } = listening();
      const reader = watchedResponse(new Response(body), listener).body!.getReader();
      await new Promise(setImmediate);
      expect(pulled).toBe(0);
      await reader.read();
      await reader.read();
      await new Promise(setImmediate);
      expect(pulled).toBe(2);
      await reader.cancel();
      expect(heard).toEqual(["stopped"]);
    },
  );

  it("ends for a reader that brings its own memory", async () => {
    const { listener, heard } = listening();
    const response = watchedResponse(new Response("ab"), listener);
    const reader = response.body!.getReader({ mode: "byob" });
    const first = await reader.read(new Uint8Array(8));
    expect([...first.value!]).toEqual([97, 98]);
    const last = await reader.read(new Uint8Array(8));
    expect([last.done, last.value?.byteLength]).toEqual([true, 0]);
    expect(heard).toEqual(["done"]);
  });

  it("fails as its source does", async () => {
    const problem = new Error("gone");
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(problem),
    });
    const { listener, heard } = listening();
    await expect(watchedResponse(new Response(body), listener).text()).rejects.toBe(problem);
    expect(heard).toEqual(["failed: gone"]);
  });

  it("cannot be changed where a response cannot, and shows nothing more of itself", async () => {
    const plain = await fetch("data:text/plain,hello");
    const { listener } = listening();
    const watched = watchedResponse(await fetch("data:text/plain,hello"), listener);
    for (const response of [plain, watched, watched.clone()]) {
      expect(() => response.headers.set("a", "b")).toThrow("immutable");
      expect(() => Object.assign(response, { url: "x" })).toThrow(TypeError);
      expect(Object.keys(response)).toEqual([]);
      const { url, type, status, ok } = response;
      expect([url, type, status, ok, response.headers.get("content-type")]).toEqual([
        plain.url,
        plain.type,
        200,
        true,
        "text/plain",
      ]);
    }
  });

  it("is the same response when there is no body, or somebody reads it already", async () => {
    const { listener, heard } = listening();
    const empty = new Response(null);
    const used = new Response("a");
    await used.text();
    const locked = new Response("a");
    locked.body!.getReader();
    for (const response of [empty, used, locked]) {
      expect(watchedResponse(response, listener)).toBe(response);
    }
    expect(heard).toEqual(["done", "unseen", "unseen"]);
  });
});
