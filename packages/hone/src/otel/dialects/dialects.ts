/** The table of dialects: the ways in which programs write what agents do into spans of OpenTelemetry. */
import type { OtlpSpan } from "../../core/otlp.ts";
import type { Dialect } from "../meaning.ts";
import { aiSdk } from "./ai-sdk.ts";
import { genAi } from "./gen-ai.ts";
import { hone } from "./hone.ts";
import { langSmith } from "./langsmith.ts";
import { mastra } from "./mastra.ts";
import { openInference } from "./openinference.ts";

/** The first that matches a span reads it. `gen_ai.*` comes last: the others write it beside names that say more. */
const dialects: readonly Dialect[] = [hone, openInference, langSmith, mastra, aiSdk, genAi];

/** Reads spans of every other program: a content span without text, whose attributes keep everything. */
const unknownDialect: Dialect = {
  name: "unknown",
  matches: () => true,
  read: () => ({ kind: "content", content: "" }),
};

export const dialectOf = (span: OtlpSpan): Dialect =>
  dialects.find((dialect) => dialect.matches(span)) ?? unknownDialect;
