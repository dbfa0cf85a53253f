import { expect, it } from "vitest";
import type { DomainDefinition } from "../../environments/domain.ts";
import { mathEnvironment } from "../../domains/math/environment.ts";
import { equationTasks, type EquationTask } from "../../domains/math/tasks.ts";
import { completeDomain } from "./complete-domain.ts";

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
