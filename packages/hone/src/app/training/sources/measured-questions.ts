/** Stored rollouts without those that a measured agent's held-out tasks ask about: what is measured must not be learned. */
import { fieldsOf } from "../../../core/json.ts";
import { readTasks } from "../../../data/task-file.ts";
import type { StoredGroup, StoredRollout } from "../../../rollouts/stored-rollouts.ts";
import { normalised, questionsIn } from "../../traces/trace-tasks.ts";
import type { TrainingSettings } from "../training.ts";

/** What of the settings says which tasks are held out. */
type MeasuredSettings = Pick<
  TrainingSettings<"dataset">,
  "agent" | "tasks" | "heldOut" | "testTasks" | "seed"
>;

/** What may be learned, and how many rollouts were left out, for people. */
interface LearnedGroups {
  readonly groups: readonly StoredGroup[];
  readonly notes: readonly string[];
}

/**
 * Leaves out the rollouts in which a user says what a held-out task asks in its `question`.
 * @throws as `readTasks`
 */
export async function withoutMeasured(
  groups: readonly StoredGroup[],
  { agent, tasks, heldOut: share, testTasks: max, seed }: MeasuredSettings,
): Promise<LearnedGroups> {
  if (agent === undefined || tasks === undefined) return { groups, notes: [] };
  const { test } = await readTasks(tasks, { share, max, seed });
  const asked = new Set(test.flatMap(({ task }) => questionOf(task)));
  const isMeasured = ({ turns }: StoredRollout): boolean =>
    turns.some(({ messages }) => questionsIn(messages).some((text) => asked.has(text)));
  let leftOut = 0;
  const kept = groups.flatMap((group) => {
    const rollouts = group.rollouts.filter((rollout) => !isMeasured(rollout));
    leftOut += group.rollouts.length - rollouts.length;
    return rollouts.length === 0 ? [] : [{ ...group, rollouts }];
  });
  const note = `${leftOut} rollouts that ask what a held-out task asks are not learned from`;
  return { groups: kept, notes: leftOut === 0 ? [] : [note] };
}

function questionOf(task: object): readonly string[] {
  const { question } = fieldsOf(task);
  return typeof question === "string" ? [normalised(question)] : [];
}
