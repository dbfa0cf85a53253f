/** The matcher of Vitest by which CI fails where a run did not get better. */
import { checkImprovement, type WantedImprovement } from "../../evaluation/improvement.ts";
import { checkRun } from "./check-run.ts";
import type { TrainResult } from "./pipeline-events.ts";

/** What a matcher of Vitest returns. */
interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * Matchers for `expect.extend` of Vitest. `toImprove` passes where the whole 95 % interval of the difference on held-out tasks,
 * after − before and paired by task, lies above `atLeast`. It takes a run folder, a name of a run in `runs/`, or the result of
 * `train`, and is awaited.
 *
 * @example
 * import { expect, it } from "vitest";
 * import { improvementMatchers } from "hone-rl/testing";
 * expect.extend(improvementMatchers);
 * it("got better", () => expect("runs/improve-7f3a").toImprove({ metric: "success", atLeast: 0 }));
 */
export const improvementMatchers = {
  async toImprove(
    run: string | Pick<TrainResult, "difference">,
    wanted: WantedImprovement = {},
  ): Promise<MatcherResult> {
    const { passes, text } =
      typeof run === "string" ? await checkRun("runs", run, wanted) : checkResult(run, wanted);
    return { pass: passes, message: () => text };
  },
};

const notMeasured = { value: NaN, low: NaN, high: NaN };

function checkResult({ difference }: Pick<TrainResult, "difference">, wanted: WantedImprovement) {
  const { taskCount: tasks, success, reward = notMeasured } = difference;
  return checkImprovement({ tasks, success, reward }, wanted);
}

declare module "vitest" {
  interface Matchers<R, T> {
    /** See `improvementMatchers`. The promise is to be awaited. */
    toImprove(wanted?: WantedImprovement): Promise<R>;
  }
}
