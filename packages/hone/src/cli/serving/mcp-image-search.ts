/** `hone mcp image-search`: extracted images as a tool for agents of other programs. */
import { defineCommand } from "../command.ts";

interface Flags {
  readonly images: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone mcp image-search",
    "npx hone mcp image-search --images rl_data/training_data.json",
  ],
  notes: [
    "The tool image_search takes query, types, min_confidence and limit, and gives",
    "url, alt, type, score and source of each image. Speaks MCP over stdin and stdout",
    "until the client closes them. It needs npm install @modelcontextprotocol/server.",
  ],
  define: (command) =>
    void command.option("--images <file>", "as npx hone extract writes it", "training_data.json"),
  run: async ({ flags, terminal, signal }) => {
    const { serveImageSearch } = await import("../../app/images/serve-image-search.ts");
    const { stdin: input, stdout: output } = terminal.streams;
    await serveImageSearch({ file: flags.images, input, output, signal });
  },
});
