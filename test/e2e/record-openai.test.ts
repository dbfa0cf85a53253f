/** Unmodified apps on the OpenAI SDK, run with and without the preload against a scripted provider. */
import { expect, it } from "vitest";
import { toolThenText } from "../doubles/model-endpoint.ts";
import { type RecordedApp, runRecordedApp, spanLine, withBodies } from "../doubles/recorded-app.ts";

const call = { name: "weather", arguments: { city: "Oslo" } };
const script = toolThenText(call, "Yes, take one along.");
const toolLoop = [
  'prompt weather({"city":"Oslo"})',
  'tool weather {"city":"Oslo"} → "Rain in Oslo, 7 °C"',
  "prompt Yes, take one along.",
];

function expectUnchanged({ plain, recorded }: RecordedApp): void {
  expect(recorded).toEqual(plain);
  expect(plain).toMatchObject({ stderr: "", code: 0 });
}

it("records Chat Completions: a tool loop is one trace, a stream another", async () => {
  const app = await runRecordedApp({
    script: "examples/record/openai-chat.ts",
    model: (request, index) => {
      if (index === 2) return { text: "Rain on the wharf.", reasoning: "Five, seven, five." };
      return typeof script === "function" ? script(request, index) : script[0]!;
    },
  });
  expectUnchanged(app);
  expect(app.plain.stdout).toBe("Yes, take one along.\nRain on the wharf.\n");
  const [loop, stream] = app.traces;
  expect(loop).toMatchObject({
    agent: "openai-chat",
    task: "Do I need an umbrella in Oslo?",
    status: "completed",
    tags: ["fetch"],
  });
  expect(loop!.spans.map(spanLine)).toEqual(toolLoop);
  expect(stream!.spans).toMatchObject([
    {
      model: "gpt-5-mini",
      input: [{ role: "user", content: "And in Bergen, as a haiku?" }],
      output: [{ content: "Rain on the wharf.", reasoning: "Five, seven, five." }],
      usage: { input: 21, output: 7, reasoning: 3, cached: 4 },
    },
  ]);
  expect(app.traces.flatMap(withBodies)).toHaveLength(3);
});

it("records Responses, streamed", async () => {
  const app = await runRecordedApp({
    script: "examples/record/openai-responses.ts",
    model: script,
  });
  expectUnchanged(app);
  expect(app.plain.stdout).toBe("Yes, take one along.\n");
  expect(app.traces).toHaveLength(1);
  expect(app.traces[0]!.spans.map(spanLine)).toEqual(toolLoop);
  expect(app.traces.flatMap(withBodies)).toHaveLength(2);
});
