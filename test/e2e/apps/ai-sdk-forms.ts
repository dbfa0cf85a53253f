/** Calls of the AI SDK in the form that the first argument names. */
import { openai } from "@ai-sdk/openai";
import { embed, generateObject, generateText, streamObject } from "ai";
import { z } from "zod";

const schema = z.object({ sum: z.number() });
const object = { model: openai.chat("m"), schema, prompt: "1 + 2?", maxRetries: 0 };
const ask = (prompt: string, telemetry: object = {}) =>
  generateText({ model: openai("m"), prompt, telemetry, maxRetries: 0 });

const heard: string[] = [];

const forms: Readonly<Record<string, () => Promise<unknown>>> = {
  object: async () => (await generateObject(object)).object,
  "stream-object": async () => {
    const { partialObjectStream, object: whole } = streamObject(object);
    for await (const _ of partialObjectStream);
    return whole;
  },
  parallel: async () => {
    const answers = await Promise.all(["one", "two", "three"].map((prompt) => ask(prompt)));
    return answers.map(({ text }) => text);
  },
  hidden: async () => {
    const hidden = { recordInputs: false, recordOutputs: false };
    const options = { model: openai("m"), prompt: "1 + 2?", experimental_telemetry: hidden };
    return (await generateText({ ...options, maxRetries: 0 })).text;
  },
  // Options of a class, whose model is asked for in each step.
  prepared: async () => {
    const model = openai("first");
    const given: boolean[] = [];
    class Options {
      readonly #heat = 0.5;
      readonly model = model;
      readonly prompt = "1 + 2?";
      readonly maxRetries = 0;
      get temperature(): number {
        return this.#heat;
      }
      readonly prepareStep = (step: { readonly model: unknown }) => {
        given.push(step.model === model);
        return { model: openai("second") };
      };
    }
    const failed = await generateText(new Options()).catch((error: Error) => error.message);
    return [given, failed];
  },
  quiet: async () => (await ask("1 + 2?", { isEnabled: false })).text,
  "own-list": async () => {
    const place = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown };
    place.AI_SDK_TELEMETRY_INTEGRATIONS = [{ onStart: () => heard.push("start") }];
    const said = [(await ask("1 + 2?")).text, heard];
    place.AI_SDK_TELEMETRY_INTEGRATIONS = [];
    return said;
  },
  "own-integration": async () => {
    const integrations = [{ onStart: () => heard.push("start") }];
    return [(await ask("1 + 2?", { integrations })).text, heard];
  },
  embed: async () =>
    embed({ model: openai.embedding("e"), value: "text", maxRetries: 0 }).catch(() => "no answer"),
};

console.log(JSON.stringify(await forms[process.argv[2]!]!()));
