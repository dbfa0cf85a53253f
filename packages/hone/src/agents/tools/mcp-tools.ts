/** Tools of MCP servers (Model Context Protocol), over stdio and HTTP, as tools of an agent. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { HoneError, messageOf } from "../../core/errors.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { optionalPackage } from "./optional-package.ts";
import type { Tool } from "./tool.ts";

/** A server that is started as a process and spoken to over its stdin and stdout. */
export interface McpCommand {
  /** The program. */
  readonly command: string;
  /** Its arguments. Default none. */
  readonly args?: readonly string[];
  /** Its environment, beside what every program needs. Default: nothing more. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder it is started in. Default: the current one. */
  readonly cwd?: string;
}

/** A server that is reached over HTTP. */
export interface McpAddress {
  /** The address of its endpoint, such as "http://localhost:3000/mcp". */
  readonly url: string;
  /** Headers of every request, such as an authorization. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client of `@modelcontextprotocol/client` that is connected: the part that is used here. */
export interface McpClient {
  /** Lists the server's tools, page by page. */
  listTools(page?: {
    readonly cursor: string;
  }): Promise<{ readonly tools: readonly McpTool[]; readonly nextCursor?: string | undefined }>;
  /** Calls a tool. */
  callTool(
    call: { readonly name: string; readonly arguments: Record<string, unknown> },
    options: { readonly signal: AbortSignal; readonly timeout: number },
  ): Promise<unknown>;
}

/** A tool as an MCP server lists it. */
export interface McpTool {
  /** Its name. */
  readonly name: string;
  /** What it does. */
  readonly description?: string | undefined;
  /** The JSON Schema of its arguments. */
  readonly inputSchema: object;
}

/** The tools of a server, and how the connection is ended. */
export interface McpTools {
  /** The tools, for `toolLoop`. */
  readonly tools: readonly Tool[];
  /** Ends the connection and, where hone started it, the server. A client that was given stays open. */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const where = "toolsFromMcp";

/**
 * Takes the tools of an MCP server. A result that the server marks as an error is shown to the model as one.
 *
 * @param server how the server is started or reached, or a client that is connected
 * @throws PACKAGE_MISSING without `@modelcontextprotocol/client`; TOOL_SERVER_FAILED when it cannot be reached; OPTION_INVALID
 * @example
 * await using mcp = await toolsFromMcp({ command: "node", args: ["my-server.js"] });
 * const agent = toolLoop({ tools: mcp.tools });
 */
export async function toolsFromMcp(server: McpCommand | McpAddress | McpClient): Promise<McpTools> {
  const { client, close } = await connected(server);
  try {
    const tools = (await listedTools(client)).map((one) => toolOf(one, client));
    return { tools, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw serverFailed(server, error);
  }
}

async function listedTools(client: McpClient): Promise<McpTool[]> {
  const listed: McpTool[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? undefined : { cursor });
    listed.push(...page.tools);
    cursor = page.nextCursor;
    if (cursor !== undefined && seen.has(cursor)) {
      throw new Error(`its list of tools comes back to the page ${JSON.stringify(cursor)}`);
    }
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
  return listed;
}

async function connected(
  server: McpCommand | McpAddress | McpClient,
): Promise<{ client: McpClient; close: () => Promise<void> }> {
  if (!isObject(server)) {
    throw optionChecks(where).invalid("server", server, "{ command }, { url } or a client");
  }
  if ("listTools" in server) return { client: server as McpClient, close: async () => {} };
  const name = "@modelcontextprotocol/client";
  const { Client, StreamableHTTPClientTransport } = await optionalPackage(
    name,
    where,
    () => import("@modelcontextprotocol/client"),
  );
  const client = new Client({ name: "hone", version: "1" });
  try {
    if ("url" in server) {
      const { url, headers = {} } = server as McpAddress;
      const transport = new StreamableHTTPClientTransport(new URL(url), {
        requestInit: { headers },
      });
      await client.connect(transport);
    } else {
      const { StdioClientTransport } = await optionalPackage(
        name,
        where,
        () => import("@modelcontextprotocol/client/stdio"),
      );
      await client.connect(new StdioClientTransport(processOf(server as McpCommand)));
    }
  } catch (error) {
    await client.close().catch(() => undefined);
    throw serverFailed(server, error);
  }
  return { client, close: () => client.close() };
}

function processOf({ command, args = [], env, cwd }: McpCommand) {
  optionChecks(where).text("command", command);
  return {
    command,
    args: [...args],
    ...(env !== undefined && { env: { ...env } }),
    ...(cwd !== undefined && { cwd }),
  };
}

function serverFailed(server: object, error: unknown): HoneError {
  if (error instanceof HoneError) return error;
  const { url, command }: { readonly url?: string; readonly command?: string } = server;
  const name = url ?? command ?? "of the given client";
  return new HoneError(
    "TOOL_SERVER_FAILED",
    { server: name, problem: messageOf(error) },
    { cause: error },
  );
}

const toolOf = ({ name, description, inputSchema }: McpTool, client: McpClient): Tool => ({
  name,
  ...(description !== undefined && { description }),
  parameters: inputSchema as JsonObject,
  execute: async (given, { signal }) =>
    resultText(
      await client.callTool({ name, arguments: { ...given } }, { signal, timeout: noTimeout }),
    ),
});

/** The agent's own limit of time ends a call by its signal; the client's, a minute by default, must not come before it. */
const noTimeout = 2 ** 31 - 1;

/** The words of a result; parts that are no text are named, so that the model knows of them. */
function resultText(result: unknown): string {
  const { content, isError, structuredContent }: JsonObject = isObject(result) ? result : {};
  const parts = objectsOf(content).map((part) => {
    const resource = isObject(part["resource"]) ? part["resource"] : {};
    const text = part["text"] ?? resource["text"];
    return typeof text === "string" ? text : `[${String(part["type"])}]`;
  });
  const isStructured = parts.length === 0 && structuredContent !== undefined;
  const text = isStructured ? JSON.stringify(structuredContent) : parts.join("\n");
  return isError === true ? `Error: ${text}` : text;
}
