import { expect, it, vi } from "vitest";
import { generate, labelling, watched } from "./calls-6.ts";

/** What the SDK's functions do with their options. */
async function generateText(options: Record<string, unknown>) {
  const { model, prepareStep, experimental_telemetry: telemetry, ...settings } = options;
  const step = await (prepareStep as ((step: object) => unknown) | undefined)?.({ model });
  const chosen = (step as { model?: unknown } | undefined)?.model ?? model;
  const { doGenerate } = chosen as { doGenerate?: (asked: object) => unknown };
  const answer = await doGenerate?.call(chosen, { tools: [] });
  return { settings, telemetry, keys: Reflect.ownKeys(options), answer };
}
const plain = generateText as (...given: unknown[]) => unknown;
const recorded = watched(plain, "6.0.0", generate);

class Model {
  readonly #answer: string;
  constructor(answer: string) {
    this.#answer = answer;
  }
  doGenerate(): string {
    return this.#answer;
  }
}
const model = new Model("4");

class Options {
  readonly #heat = 0.5;
  readonly model = model;
  seed = 7;
  get temperature(): number {
    return this.#heat;
  }
}

it.each([
  ["a class with getters", () => new Options()],
  ["a prototype", () => Object.create({ model, temperature: 0.5, prompt: "2 + 2?" }) as object],
  ["a frozen literal", () => Object.freeze({ model, temperature: 0.5 })],
  [
    "a getter of its own",
    () => ({
      model,
      get temperature() {
        return 0.5;
      },
    }),
  ],
])("what the SDK is given by %s is what it gets unrecorded", async (_, options) => {
  expect(await recorded(options())).toEqual(await plain(options()));
});

it("reads each field when the SDK reads it, once", () => {
  const reads: string[] = [];
  const own = (options: { model: unknown; seed: number }) => [options.seed, options.model];
  const options = {
    get model() {
      reads.push("model");
      return model;
    },
    get seed() {
      reads.push("seed");
      return 7;
    },
  };
  void watched(own as never, "6.0.0", (_, run) => run())(options);
  expect(reads).toEqual(["seed", "model"]);
});

it("has the function's name, length and fields, and passes `this` and all arguments", () => {
  const own = Object.assign(
    function ask(this: unknown, options: unknown, more: unknown) {
      return [this, options, more];
    },
    { version: 1 },
  );
  const seen = watched(own as never, "6.0.0", (_, run) => run());
  expect([seen.name, seen.length, Reflect.get(seen, "version")]).toEqual(["ask", 2, 1]);
  const self = {};
  expect(seen.call(self, "no options", 2)).toEqual([self, "no options", 2]);
});

it("gives prepareStep the app's own model, and watches the one it chooses", async () => {
  const other = new Model("5");
  const given: unknown[] = [];
  const prepareStep = async (step: { model: unknown }) => {
    given.push(step.model);
    return { model: other };
  };
  const run = (await recorded({ model, prepareStep })) as { answer: string };
  expect(given).toEqual([model]);
  expect(given[0]).toBe(model);
  expect(run.answer).toBe("5");
});

it("warns once that hidden structured output cannot be heeded", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const ask = labelling(plain);
  await ask({ model, experimental_telemetry: { recordInputs: true } });
  expect(warn).not.toHaveBeenCalled();
  await ask({ model, experimental_telemetry: { recordInputs: false } });
  await ask({ model, experimental_telemetry: { recordOutputs: false } });
  expect(warn).toHaveBeenCalledOnce();
  expect(warn.mock.calls[0]![0]).toContain("recordInputs");
});
