import { describe, expect, expectTypeOf, it } from "vitest";
import { cutSpan } from "./cut-texts.ts";
import { type FieldForms, filledFields, spanTexts } from "./span-fields.ts";
import type { PromptSpan, RewardSpan, Span } from "./span.ts";

const place = { id: "s", traceId: "t", sequence: 0, startedAt: 0, attributes: { note: "aside" } };
const tool: Span = {
  ...place,
  kind: "tool",
  toolName: "weather",
  callId: "call_1",
  arguments: { city: "Oslo" },
  result: 7,
};

describe("the fields of a span", () => {
  it("are those that have a value, each with its form, in the order of the table", () => {
    const names = filledFields(tool).map(({ name, form }) => `${name}: ${form}`);
    expect(names.slice(-4)).toEqual([
      "toolName: text",
      "callId: name",
      "arguments: json",
      "result: json",
    ]);
    expect(names).not.toContain("endedAt: plain");
  });

  it("have a row each, of a form that fits: everything else does not compile", () => {
    expectTypeOf<FieldForms<PromptSpan>["output"]>().toEqualTypeOf<"prompt">();
    expectTypeOf<FieldForms<RewardSpan>["source"]>().toEqualTypeOf<"plain">();
    expectTypeOf<FieldForms<RewardSpan>["reason"]>().toEqualTypeOf<"plain" | "name" | "text">();
    // @ts-expect-error A text is not JSON that may be anything.
    const wrong: Pick<FieldForms<RewardSpan>, "reason"> = { reason: "json" };
    // @ts-expect-error A field that may be absent still has its row.
    const missing: Pick<FieldForms<PromptSpan>, "model" | "usage"> = { model: "name" };
    expect([wrong, missing]).toHaveLength(2);
  });

  it("are found by their texts: inputs and outputs, no ids and no attributes", () => {
    expect(spanTexts(tool)).toEqual(["weather", "Oslo", "7"]);
  });

  it("are cut where a tool's name is as long as a file", () => {
    const cut = cutSpan({ ...tool, toolName: "n".repeat(2_000_000) });
    expect(JSON.stringify(cut).length).toBeLessThan(200_000);
    expect(cut.attributes["hone.cut"]).toEqual({ toolName: 2_000_002 });
  });
});
