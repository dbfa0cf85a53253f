/** Stored rollouts as all that a training by rollouts learns from: `--offline` without an agent or a domain to try anything. */
import { HoneError } from "../../../core/errors.ts";
import type { StoredGroup } from "../../../rollouts/stored-rollouts.ts";
import { isUsable, measuredTraces, splitSessions, type UsableGroup } from "./held-out-traces.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";
import { type OpenedTrajectories, withTrajectories } from "./trajectories.ts";

/** Methods that compare a rollout with more than the others of its task. */
const comparesAcrossTasks: readonly string[] = ["reinforce", "reinforce-plus-plus", "ppo"];

/**
 * Holds out a share of the sessions (tasks where there are none) and measures them by log-probs; the rest is learned.
 * @throws CONFIG_INVALID where all rollouts are of one session, so that none can be held out
 */
export async function openTracesAlone(
  request: SourceRequest<"rollouts">,
  stored: OpenedTrajectories,
): Promise<OpenedSource<"rollouts">> {
  const { settings, training } = request;
  const { train, test } = splitSessions(stored.groups, settings);
  if (test.length === 0 && settings.heldOut > 0) {
    const problem = `${stored.from} holds rollouts of one task or session alone, so none can be held out to measure the model on; set 0 to train without measuring.`;
    throw new HoneError("CONFIG_INVALID", { where: "--held-out", problem });
  }
  const measured = measuredTraces(test.map(usableOf));
  const opened: OpenedSource<"rollouts"> = {
    runName: training,
    found: await modelOf(request),
    texts: async () => [],
    data: undefined,
    learning: { kind: "rollouts", ...measured.tasks, tasks: [] },
    heldOut: measured.tasks,
    settled: {},
    notes: [
      test.length === 0
        ? "nothing is held out, so nothing is measured"
        : `${test.length} of the groups are held out and not learned; ${measured.text}; whether the agent does better is measured with --agent and --tasks`,
    ],
    ...incomparable(training, train),
  };
  return withTrajectories(opened, { ...stored, groups: train });
}

const usableOf = ({ task, rollouts }: StoredGroup): UsableGroup => ({
  task,
  rollouts: rollouts.filter(isUsable),
});

/** A warning where a method compares tries at one task, and no task was tried with different rewards. */
function incomparable(
  training: string,
  groups: readonly StoredGroup[],
): Pick<OpenedSource, "warning"> {
  const differ = groups.some(
    ({ rollouts }) => new Set(rollouts.map(({ reward }) => reward?.total)).size > 1,
  );
  if (differ || comparesAcrossTasks.includes(training)) return {};
  const text = `${training} compares the tries at one task, and no task was tried with different rewards, so there is nothing to learn: use ${comparesAcrossTasks.join(", ")}`;
  return { warning: { code: "TRACES_INCOMPARABLE", text } };
}
