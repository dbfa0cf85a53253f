/** Tools of the AI SDK, 6 and 7, and of MCP servers, over stdio and HTTP. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { jsonSchema, tool as tool7 } from "ai";
import { tool as tool6 } from "ai-6";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { toolsFromAiSdk } from "./ai-sdk-tools.ts";
import { toolsFromMcp } from "./mcp-tools.ts";
import { optionalPackage } from "./optional-package.ts";
import { runTool } from "./run-tool.ts";
import type { Tool } from "./tool.ts";

const { signal } = new AbortController();
const run = async (tool: Tool | undefined, given: object): Promise<string> => {
  const accepted = (await tool!.accept?.({ ...given })) ?? { ...given };
  const limits = { callId: "c1", signal, timeoutMs: 10_000, maxCharacters: 1000 };
  return (await runTool(tool!, accepted, limits)).text;
};

describe("tools of the AI SDK", () => {
  const inputSchema = z.object({ city: z.string(), days: z.number().default(2) });
  const execute = async (given: object): Promise<object> => given;
  it.each([
    ["6", tool6({ description: "Weather.", inputSchema, execute })],
    ["7", tool7({ description: "Weather.", inputSchema, execute })],
  ])("of version %s with a schema of zod: shown, checked, run", async (_, weather) => {
    const [tool] = await toolsFromAiSdk({ weather });
    expect(tool).toMatchObject({
      name: "weather",
      description: "Weather.",
      parameters: { type: "object", properties: { city: { type: "string" } } },
    });
    expect(await run(tool, { city: "Rio" })).toBe('{"city":"Rio","days":2}');
    await expect(run(tool, { city: 5 })).rejects.toThrow(/city/);
  });

  it("with a JSON Schema, with results piece by piece, and with words of their own", async () => {
    const parameters = { type: "object", properties: {} } as const;
    const tools = await toolsFromAiSdk({
      pieces: tool7({
        inputSchema: jsonSchema(parameters),
        async *execute() {
          yield "half";
          yield "whole";
        },
      }),
      worded: tool7({
        inputSchema: jsonSchema(parameters),
        execute: async () => 5,
        toModelOutput: ({ output }) => ({ type: "text", value: `five: ${output}` }),
      }),
    });
    expect(tools[0]!.parameters).toEqual(parameters);
    expect(await run(tools[0], {})).toBe("whole");
    expect(await run(tools[1], {})).toBe("five: 5");
  });

  it("that run elsewhere are refused", async () => {
    const elsewhere = tool7({ inputSchema });
    await expect(toolsFromAiSdk({ elsewhere })).rejects.toThrow(
      /OPTION_INVALID.*elsewhere.execute/,
    );
  });
});

describe("tools of an MCP server", () => {
  it("over stdio: listed with their schemas, called, errors told, the server ended", async () => {
    const mcp = await toolsFromMcp({
      command: process.execPath,
      args: [join(import.meta.dirname, "../../../../../test/doubles/mcp-server.ts")],
    });
    const [add, fail] = mcp.tools;
    expect(add).toMatchObject({
      name: "add",
      description: "Adds.",
      parameters: { type: "object" },
    });
    expect(await run(add, { a: 2, b: 3 })).toBe("5");
    expect(await run(fail, {})).toBe("Error: out of order");
    await mcp.close();
    await expect(run(add, { a: 2, b: 3 })).rejects.toThrow(/TOOL_FAILED/);
  });

  const seen: unknown[] = [];
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: "http", version: "1" });
    server.registerTool("echo", { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
      content: [
        { type: "text", text },
        { type: "image", data: "AAAA", mimeType: "image/png" },
      ],
    }));
    return server;
  });
  const http = createServer((request, response) => {
    seen.push(request.headers["x-key"]);
    void answer(request, response);
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const hasBody = chunks.length > 0;
    const reply = await handler.fetch(
      new Request(`http://localhost${request.url}`, {
        method: request.method!,
        headers: request.headers as Record<string, string>,
        ...(hasBody && { body: Buffer.concat(chunks) }),
      }),
    );
    response.writeHead(reply.status, Object.fromEntries(reply.headers));
    response.end(Buffer.from(await reply.arrayBuffer()));
  };
  afterAll(() => http.close());

  it("over HTTP, with headers; parts that are no text are named", async () => {
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const { port } = http.address() as { port: number };
    const url = `http://127.0.0.1:${port}/mcp`;
    await using mcp = await toolsFromMcp({ url, headers: { "x-key": "k" } });
    expect(await run(mcp.tools[0], { text: "hi" })).toBe("hi\n[image]");
    expect(new Set(seen)).toEqual(new Set(["k"]));
  });

  it("that cannot be reached is an error that names it", async () => {
    const missing = toolsFromMcp({ command: "hone-no-such-program" });
    await expect(missing).rejects.toThrow(/TOOL_SERVER_FAILED: .*hone-no-such-program/);
    await expect(toolsFromMcp("x" as never)).rejects.toThrow(/OPTION_INVALID/);
  });

  it("are asked for as long as the agent allows, and a list without end is an error", async () => {
    let given: object = {};
    const client = {
      listTools: async () => ({ tools: [{ name: "a", inputSchema: {} }] }),
      callTool: async (_: object, options: object) => void (given = options),
    };
    await run((await toolsFromMcp(client)).tools[0], {});
    expect(given).toMatchObject({ timeout: 2 ** 31 - 1 });
    const endless = { ...client, listTools: async () => ({ tools: [], nextCursor: "again" }) };
    await expect(toolsFromMcp(endless)).rejects.toThrow(/TOOL_SERVER_FAILED: .*page "again"/);
  });

  it("of several pages are all there, by a client that stays open", async () => {
    const page = (name: string) => ({ tools: [{ name, inputSchema: {} }] });
    const paged = await toolsFromMcp({
      listTools: async (at) => (at ? page("b") : { ...page("a"), nextCursor: "next" }),
      callTool: async ({ name }) => ({ structuredContent: { name } }),
    });
    expect(paged.tools.map(({ name }) => name)).toEqual(["a", "b"]);
    await paged.close();
    expect(await run(paged.tools[1], {})).toBe('{"name":"b"}');
  });
});

it("a package that is not there is named with the command that installs it", async () => {
  const name: string = "hone-no-such-package";
  await expect(optionalPackage(name, "toolsFromMcp", () => import(name))).rejects.toThrow(
    /PACKAGE_MISSING: toolsFromMcp needs .*npm install hone-no-such-package/s,
  );
});
