/** The search for images as a tool that an agent's model calls. */
import { type Tool, tool } from "../../agents/tools/tool.ts";
import { type ImageType, imageTypes } from "../../core/image-pair.ts";
import type { ImageResult, ImageSearch } from "./image-search.ts";

/** The arguments of the tool. */
export interface ImageSearchArguments {
  readonly query: string;
  readonly types?: readonly ImageType[];
  readonly min_confidence?: number;
  readonly limit?: number;
}

/** Told of what each search found, for a reward that tells images that were found from those that were invented. */
export type OnImagesFound = (results: readonly ImageResult[]) => void;

/**
 * The tool "image_search", for `toolLoop`, `toolsForAiSdk` and `serveMcpTools`. It returns a list of { url, alt, type, score, source }.
 * @example toolLoop({ tools: [imageSearchTool(imageSearch(pairs))], system: multimodalSystemPrompt });
 */
export const imageSearchTool = (images: ImageSearch, onFound?: OnImagesFound): Tool =>
  tool<ImageSearchArguments>({
    name: "image_search",
    description:
      "Finds images of the documentation by the words about them. Returns the best first, each with url, alt, type, score and source; [] when none fits.",
    parameters: {
      type: "object",
      properties: {
        query: { type: "string", minLength: 1, description: "Words for what the image shows." },
        types: {
          ...{ type: "array", items: { type: "string", enum: [...imageTypes] } },
          description: "Types to find; all when left out.",
        },
        min_confidence: { type: "number", minimum: 0, maximum: 1 },
        limit: { type: "integer", minimum: 1, maximum: 50, description: "Images at most; else 5." },
      },
      required: ["query"],
      additionalProperties: false,
    },
    execute: ({ query, types, min_confidence: minConfidence, limit }) => {
      const results = images.search(query, {
        ...(types && types.length > 0 && { types }),
        ...(minConfidence !== undefined && { minConfidence }),
        ...(limit !== undefined && { limit }),
      });
      onFound?.(results);
      return results;
    },
  });
