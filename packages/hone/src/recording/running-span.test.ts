import { expect, it } from "vitest";
import { exactJson } from "../core/json.ts";
import { keepingSink } from "../testing/keeping-sink.ts";
import { createTracer } from "./create-tracer.ts";

it("the text of arguments goes when other arguments come at the end, and stays otherwise", () => {
  const sink = keepingSink();
  const trace = createTracer({ sink }).trace({ agent: "a", task: "t" });
  const start = { kind: "tool" as const, toolName: "pay", arguments: exactJson('{"price":5.0}') };
  trace.span(start).end({ arguments: { price: 6 } } as object);
  trace.span(start).end({ arguments: exactJson('{"price":7.0}') } as object);
  trace.span(start).end();
  const texts = sink.spans.map(({ attributes }) => attributes["hone.arguments.text"]);
  expect(texts).toEqual([undefined, '{"price":7.0}', '{"price":5.0}']);
});
