/** `hone mcp image-search`: extracted images as a tool of an MCP server over stdio. */
import type { Readable, Writable } from "node:stream";
import { serveMcpTools } from "../../agents/tools/serve-mcp.ts";
import { imageSearchTool } from "../../domains/multimodal/image-search-tool.ts";
import { openImages } from "./open-images.ts";

/** Which images are served, and over which streams. */
export interface ServeImageSearchOptions {
  /** The file of pairs. */
  readonly file: string;
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** Serves until the client closes its end or the signal aborts. @throws as `openImages` and `serveMcpTools` */
export async function serveImageSearch(options: ServeImageSearchOptions): Promise<void> {
  const { file, input, output, signal } = options;
  const images = await openImages(file);
  try {
    await serveMcpTools([imageSearchTool(images)], { name: "hone-images", input, output, signal });
  } finally {
    images.close();
  }
}
