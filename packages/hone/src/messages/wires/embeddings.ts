/** OpenAI's Embeddings, which most providers and local servers also speak: texts in, vectors out. */
import { type JsonObject, objectsOf } from "../../core/json.ts";
import { usageOf } from "../token-usage.ts";
import { askedFor, commonFacts, textField, type Wire } from "./wire.ts";

export const embeddings: Wire = {
  request(body) {
    const { input, model, dimensions } = body;
    const texts = Array.isArray(input) ? (input as readonly unknown[]) : [input];
    if (input === undefined || typeof model !== "string") return undefined;
    // Several texts, or texts given as token ids, are kept as the JSON of the list.
    const [only] = texts;
    return {
      ...textField("model", model),
      input: texts.length === 1 && typeof only === "string" ? only : JSON.stringify(input),
      attributes: {
        ...askedFor(body),
        "gen_ai.operation.name": "embeddings",
        ...(typeof dimensions === "number"
          ? { "gen_ai.embeddings.dimension.count": dimensions }
          : {}),
      },
      results: new Map(),
    };
  },

  isAnswer: ({ data }) => objectsOf(data).some(({ embedding }) => embedding !== undefined),

  answer: (body) => ({ ...facts(body), finishReasons: [], isWhole: true }),

  keptAnswer: (body) => ({
    ...body,
    data: objectsOf(body["data"]).map((one) => ({
      ...one,
      embedding: shortVector(one["embedding"]),
    })),
  }),

  streamed: () => ({ finishReasons: [], isWhole: false }),
};

/** Vectors are no text, so there is no output. */
const facts = (body: JsonObject) => ({ ...commonFacts(body), ...usageOf(body["usage"]) });

/** What is recorded of an embedding: its number of values, not the values, which would fill the store and which people do not read. */
const shortVector = (embedding: unknown): string =>
  Array.isArray(embedding) ? `[${embedding.length} numbers]` : "[base64]";
