import { expect, it } from "vitest";
import { trainings } from "../trainings.ts";
import { resolveSettings } from "./config.ts";
import { passesOf } from "./optimizer-settings.ts";
import { settingsOfTraining } from "./training-settings.ts";

it.each([
  [{}, { steps: 200 }],
  [{ steps: 7 }, { steps: 7 }],
  [{ epochs: 3 }, { epochs: 3 }],
  [
    { epochs: 3, steps: 7 },
    { epochs: 3, steps: 7 },
  ],
])("reads %o as %o: a default ends no passes that were asked for", async (flags, expected) => {
  const { settings } = await resolveSettings(settingsOfTraining(trainings.sft), { flags });
  const {
    learningRate: _rate,
    schedule: _schedule,
    warmUpSteps: _warm,
    adam: _adam,
    ...passes
  } = passesOf(settings, 200);
  expect(passes).toEqual(expected);
});
