/**
 * The dialect of OpenInference (`openinference.span.kind`, `llm.*`, `input.value`, `output.value`), which the instrumentations
 * of Arize and Phoenix write. The names of attributes spell messages: `llm.input_messages.0.message.role`.
 */
import type { OtlpSpan } from "../../core/otlp.ts";
import { type AttributeBag, parsed } from "../attribute-bag.ts";
import { readPrompt } from "../../messages/read-messages.ts";
import { tokenUsage } from "../../messages/token-usage.ts";
import { contentMeaning, type Dialect, known, type Meaning, treeMessages } from "../meaning.ts";

const kindAttribute = "openinference.span.kind";

export const openInference: Dialect = {
  name: "openinference",
  matches: (span) => kindAttribute in span.attributes,
  read: (bag, span) => {
    switch (bag.word(kindAttribute).toUpperCase()) {
      case "LLM":
        return readModelCall(bag);
      case "TOOL":
        return readTool(bag, span);
      case "RETRIEVER":
      case "RERANKER":
        return readRetriever(bag, span);
      default:
        return readAround(bag);
    }
  },
};

function readModelCall(bag: AttributeBag): Meaning {
  const messages = treeMessages(bag, "user", "llm.input_messages");
  const answers = treeMessages(bag, "assistant", "llm.output_messages");
  // `input.value` holds the provider's whole request. It is read only where there are no messages, and else stays an attribute.
  const input = messages ?? takeSide(bag, "input", "user");
  const output = answers ?? takeSide(bag, "output", "assistant");
  return {
    kind: "prompt",
    input: input ?? "",
    ...known({
      output,
      model: bag.text("llm.model_name"),
      provider: bag.text("llm.provider", "llm.system"),
    }),
    ...tokenUsage(bag.number("llm.token_count.prompt"), bag.number("llm.token_count.completion"), {
      reasoning: bag.number("llm.token_count.completion_details.reasoning"),
      cached: bag.number("llm.token_count.prompt_details.cache_read"),
    }),
  };
}

function readTool(bag: AttributeBag, span: OtlpSpan): Meaning {
  const callId = bag.text("tool_call.id", "tool.id");
  return {
    kind: "tool",
    toolName: bag.text("tool.name", "tool_call.function.name") ?? span.name,
    // `tool.parameters` is the arguments in some instrumentations, and the tool's schema in others: it comes last.
    arguments: bag.json("input.value", "tool_call.function.arguments", "tool.parameters") ?? null,
    ...known({ callId, result: bag.json("output.value") }),
  };
}

function readRetriever(bag: AttributeBag, span: OtlpSpan): Meaning {
  const documents = bag.tree("retrieval.documents") ?? bag.tree("reranker.output_documents");
  const result = documents ?? bag.json("output.value");
  return {
    kind: "tool",
    toolName: span.name,
    arguments: bag.json("input.value", "reranker.query") ?? null,
    ...known({ result }),
  };
}

/** Reads AGENT, CHAIN, GUARDRAIL, EMBEDDING and kinds that are not known yet. */
function readAround(bag: AttributeBag): Meaning {
  const input = takeSide(bag, "input", "user");
  const output = takeSide(bag, "output", "assistant");
  return { ...contentMeaning(bag, input, output), ...known({ agent: bag.text("agent.name") }) };
}

/** Takes `input.value` or `output.value`: a text, or JSON where the value's media type says so. */
function takeSide(bag: AttributeBag, side: "input" | "output", role: "user" | "assistant") {
  const value = bag.text(`${side}.value`);
  if (value === undefined) return undefined;
  const isJson = bag.see(`${side}.mime_type`) === "application/json";
  const found = readPrompt(isJson ? parsed(value) : value, { role });
  if (found.isWhole) bag.drop(`${side}.mime_type`);
  else bag.keep(`${side}.value`);
  return found.text;
}
