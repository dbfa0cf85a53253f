import { expect, it } from "vitest";
import type { DomainDefinition } from "../../environments/domain.ts";
import { mathEnvironment } from "../../domains/math/environment.ts";
import { equationTasks, type EquationTask } from "../../domains/math/tasks.ts";
import { completeDomain } from "./complete-domain.ts";

it("an episode of the expert ends where the domain says, or the caller, and else after 12 actions", async () => {
  const definition: DomainDefinition<EquationTask> = {
    tasks: ({ split, count, seed }) => equationTasks({ split, count, seed }),
    environment: () => mathEnvironment({ maxActions: 99 }),
    expert: () => ({ selectAction: () => ({ name: "no_such_action" }) }),
  };
  const lengthOf = async (own: object, given: object): Promise<number> => {
    const domain = completeDomain("endless", { ...definition, ...own });
    const tasks = domain.tasks({ split: "train", count: 1, levels: [1], seed: 0 });
    const [episode] = await domain.episodes(tasks, { mistakeRate: 0, seed: 0, ...given });
    await domain.close();
    return episode!.steps.length;
  };
  expect(await lengthOf({}, {})).toBe(12);
  expect(await lengthOf({ maxActions: 5 }, {})).toBe(5);
  expect(await lengthOf({ maxActions: 5 }, { maxActions: 3 })).toBe(3);
});

it("a definition whose format cannot be read is in no use, so that a later user still closes it", async () => {
  let [isBroken, closed] = [true, 0];
  const definition: DomainDefinition<EquationTask> = {
    tasks: ({ split, count, seed }) => equationTasks({ split, count, seed }),
    environment: mathEnvironment,
    get format() {
      if (isBroken) throw new Error("not yet");
      return {};
    },
    close: () => void closed++,
  };
  expect(() => completeDomain("late", definition)).toThrow("not yet");
  isBroken = false;
  await completeDomain("late", definition).close();
  expect(closed).toBe(1);
});
