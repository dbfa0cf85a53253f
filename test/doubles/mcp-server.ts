/** An MCP server over stdio with two tools, for tests. */
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const server = new McpServer({ name: "fixture", version: "1" });
server.registerTool(
  "add",
  { description: "Adds.", inputSchema: z.object({ a: z.number(), b: z.number() }) },
  async ({ a, b }) => ({ content: [{ type: "text", text: String(a + b) }] }),
);
server.registerTool("fail", { description: "Fails." }, async () => ({
  isError: true,
  content: [{ type: "text", text: "out of order" }],
}));
await server.connect(new StdioServerTransport());
