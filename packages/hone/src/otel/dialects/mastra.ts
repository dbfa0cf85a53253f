/**
 * The dialect of Mastra's exporter: `gen_ai.*` as OpenTelemetry has it, and `mastra.span.type` with inputs and outputs of
 * Mastra's own kinds of spans (`mastra.agent_run.input`). Its model steps repeat, shortened, what the generation around them
 * holds, so they do not become prompts.
 */
import type { OtlpSpan } from "../../core/otlp.ts";
import type { AttributeBag } from "../attribute-bag.ts";
import { contentMeaning, type Dialect, known, type Meaning, takeMessages } from "../meaning.ts";
import { agentOf, genAi } from "./gen-ai.ts";

const typeAttribute = "mastra.span.type";

export const mastra: Dialect = {
  name: "mastra",
  matches: (span) => typeAttribute in span.attributes,
  read: (bag, span) => {
    const type = bag.word(typeAttribute).toLowerCase();
    if (type === "model_generation" || type === "model_inference" || type === "llm_generation") {
      return genAi.read(bag, span);
    }
    if (type.endsWith("tool_call")) return readTool(bag, span, type);
    return readAround(bag, type);
  },
};

function readTool(bag: AttributeBag, span: OtlpSpan, type: string): Meaning {
  bag.drop("gen_ai.operation.name");
  const name = bag.text("gen_ai.tool.name") ?? span.name.replace(/^execute_tool /, "");
  const own = `mastra.${type}`;
  return {
    kind: "tool",
    toolName: name,
    arguments: bag.json("gen_ai.tool.call.arguments", `${own}.input`, "input") ?? null,
    ...known({
      callId: bag.text("gen_ai.tool.call.id"),
      result: bag.json("gen_ai.tool.call.result", `${own}.output`, "output"),
    }),
    ...agentOf(bag),
  };
}

function readAround(bag: AttributeBag, type: string): Meaning {
  const input = takeMessages(bag, "user", `mastra.${type}.input`, "gen_ai.input.messages", "input");
  const output = takeMessages(
    bag,
    "assistant",
    `mastra.${type}.output`,
    "gen_ai.output.messages",
    "output",
  );
  return { ...contentMeaning(bag, input, output), ...agentOf(bag) };
}
