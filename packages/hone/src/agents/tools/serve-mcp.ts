/** An MCP server (Model Context Protocol) over stdio that offers tools, for agents of other programs. */
import { PassThrough, type Readable, Transform, type Writable } from "node:stream";
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { JsonObject } from "../../core/json.ts";
import { optionalPackage } from "./optional-package.ts";
import { runTool } from "./run-tool.ts";
import type { Tool } from "./tool.ts";

/** How tools are served. */
export interface ServeMcpOptions {
  /** The server's name, which clients show. */
  readonly name: string;
  /** Where requests come from. Default: the process's stdin. */
  readonly input?: Readable;
  /** Where answers go. Default: the process's stdout. */
  readonly output?: Writable;
  /** Aborts when the server is to end. */
  readonly signal?: AbortSignal;
  /** Time limit of one call, in ms. Default 60,000. */
  readonly toolTimeoutMs?: number;
}

const optionNames: OptionNames<ServeMcpOptions> = {
  ...{ name: true, input: true, output: true, signal: true, toolTimeoutMs: true },
};

/** Bytes of answers that wait for a client to read them; then no more of its requests are read. */
const MAX_WAITING = 1024 * 1024;

/** Longest result, in characters. */
const MAX_RESULT = 200_000;

const where = "serveMcpTools";

/**
 * Serves tools until the client closes its end or the signal aborts. A call that breaks the tool's schema, and a tool that fails, is
 * answered with an error that the client's model can read. A client that asks faster than it reads waits.
 *
 * @throws PACKAGE_MISSING without `@modelcontextprotocol/server`; OPTION_INVALID for an unknown option
 * @example await serveMcpTools([imageSearchTool(images)], { name: "images" });
 */
export async function serveMcpTools(
  tools: readonly Tool[],
  options: ServeMcpOptions,
): Promise<void> {
  checkOptions(where, options, optionNames);
  const { name, input = process.stdin, output = process.stdout, signal } = options;
  const { toolTimeoutMs: timeoutMs = 60_000 } = options;
  const packageName = "@modelcontextprotocol/server";
  const { McpServer, fromJsonSchema } = await optionalPackage(
    packageName,
    where,
    () => import("@modelcontextprotocol/server"),
  );
  const { StdioServerTransport } = await optionalPackage(
    packageName,
    where,
    () => import("@modelcontextprotocol/server/stdio"),
  );
  const server = new McpServer({ name, version: "1" });
  for (const tool of tools) {
    const { name: toolName, description, parameters } = tool;
    server.registerTool(
      toolName,
      {
        ...(description !== undefined && { description }),
        inputSchema: fromJsonSchema<JsonObject>(parameters),
      },
      (given, context) => answerOf(tool, given, { signal: context.mcpReq.signal, timeoutMs }),
    );
  }
  // The transport listens to its output once for every answer that waits.
  const answers = new PassThrough().setMaxListeners(0);
  answers.pipe(output, { end: false });
  const transport = new StdioServerTransport(input.pipe(gate(answers)), answers);
  const ended = new Promise<void>((done) => {
    server.server.onclose = done;
  });
  await server.connect(transport);
  const stop = (): void => void server.close();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  await ended;
  signal?.removeEventListener("abort", stop);
  input.unpipe();
  answers.end();
}

/** Passes requests on while the answers are read. */
const gate = (output: Writable): Transform =>
  new Transform({
    transform(piece, _encoding, passed) {
      const pass = (): void => passed(null, piece);
      if (output.writableLength > MAX_WAITING) output.once("drain", pass);
      else pass();
    },
  });

async function answerOf(
  tool: Tool,
  given: JsonObject,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
) {
  try {
    const accepted = (await tool.accept?.(given)) ?? given;
    const run = { callId: tool.name, signal, timeoutMs, maxCharacters: MAX_RESULT };
    return {
      content: [{ type: "text" as const, text: (await runTool(tool, accepted, run)).text }],
    };
  } catch (error) {
    const text = error instanceof HoneError ? problemOf(error) : String(error);
    return { isError: true, content: [{ type: "text" as const, text }] };
  }
}

/** The tool's own words where it failed. */
const problemOf = (error: HoneError): string =>
  "problem" in error.facts ? String(error.facts.problem) : error.message;
