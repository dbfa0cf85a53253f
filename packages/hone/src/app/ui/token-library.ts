/** The rollouts of runs and evaluations as the dashboard shows them. */
import { HoneError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { TrainedRollout } from "../../core/trained-rollout.ts";
import type { StoredRollout } from "../../rollouts/stored-rollouts.ts";
import type { RolloutAddress, UiTokenLibrary } from "../../server/ui/token-library.ts";
import { stepRanges } from "../audit/audited-run.ts";
import { reasonOf } from "../audit/audit-step.ts";
import { type TokenRow, tokenRows } from "../audit/token-rows.ts";
import { tokenTexts } from "../audit/token-texts.ts";
import { type KeptRollouts, openKeptRollouts } from "../evaluations/kept-rollouts.ts";
import { SHOWN_CHARACTERS, taskText } from "./shown-task.ts";

/** Runs whose stores stay open, so that a person who goes from step to step does not wait for them. */
const MAX_OPEN = 4;

/** The rollouts of the runs and evaluations in a folder. Only names of its own folders are known: nothing outside of it is reached by one. */
export function tokenLibrary(root: string): UiTokenLibrary {
  const open = new Map<string, Promise<KeptRollouts>>();
  const runOf = async (name: string): Promise<KeptRollouts> => {
    const opened = open.get(name) ?? openKeptRollouts(root, name);
    open.delete(name);
    open.set(name, opened);
    for (const [other, run] of [...open].slice(0, -MAX_OPEN)) {
      open.delete(other);
      void run.then((one) => one.close()).catch(() => undefined);
    }
    return opened.catch((error: unknown) => {
      open.delete(name);
      throw error;
    });
  };
  return {
    places: async (name) => placesOf(await runOf(name)),
    step: async (name, phase, step) => stepOf(await runOf(name), phase, step),
    rollout: async (name, address) => viewOf(await runOf(name), address),
    heldOut: async (name) => heldOutOf(await runOf(name)),
    close: async () => {
      for (const run of open.values()) await run.then((one) => one.close()).catch(() => undefined);
    },
  };
}

async function placesOf(run: KeptRollouts) {
  const byPhase = Map.groupBy(await run.steps(), ({ phase }) => phase);
  return {
    phases: [...byPhase].map(([phase, steps]) => ({ phase, steps: steps.map(({ step }) => step) })),
    evaluations: [...(await run.evaluations())],
  };
}

async function stepOf(run: KeptRollouts, phase: string, step: number) {
  const { groups, trained, weightsVersion } = await run.rolloutsOf({ phase, step });
  if (groups.length === 0) {
    const known = stepRanges(await run.steps());
    throw new HoneError("AUDIT_STEP_UNKNOWN", { run: run.name, wanted: `${phase} ${step}`, known });
  }
  return {
    ...{ phase, step, isKept: trained.size > 0 },
    ...(weightsVersion !== undefined && { weightsVersion }),
    groups: groups.map((group) => ({
      ...{ taskId: group.task.id, task: taskText(group) },
      rollouts: group.rollouts.map((one, index) => summaryOf(one, index, trained)),
    })),
  };
}

type Trained = ReadonlyMap<string, TrainedRollout>;

function summaryOf(rollout: StoredRollout, index: number, trained: Trained) {
  const { id, reward, failure, isSuccess, turns } = rollout;
  const reason = reasonOf({ rollout }, { trained });
  const advantage = meanAdvantage(trained.get(id));
  return {
    ...{ id, index, isSuccess, turns: turns.length },
    components: { ...reward?.components },
    tokens: turns.reduce((sum, { tokens }) => sum + tokens.length, 0),
    answer: (turns.at(-1)?.reply.content ?? "").slice(0, SHOWN_CHARACTERS),
    ...(reward !== undefined && { reward: reward.total }),
    ...(failure !== undefined && { failure: `${failure.boundary}: ${failure.message}` }),
    ...(advantage !== undefined && { advantage }),
    ...(reason !== undefined && trained.size > 0 && { notLearned: reason }),
  };
}

/** The mean over the sampled tokens of a rollout; undefined where nothing was learned from it. */
function meanAdvantage(trained: TrainedRollout | undefined): number | undefined {
  const { rows = [] } = trained ?? {};
  const all = rows.flatMap(({ advantage, logProbs }) =>
    typeof advantage === "number" ? logProbs.map(() => advantage) : advantage,
  );
  return all.length === 0 ? undefined : all.reduce((a, b) => a + b, 0) / all.length;
}

async function viewOf(run: KeptRollouts, { phase, step, id }: RolloutAddress) {
  const found =
    step === undefined
      ? { groups: await run.evaluation(phase), trained: new Map(), weightsVersion: undefined }
      : await run.rolloutsOf({ phase, step });
  const { weightsVersion } = found;
  const trained: Trained = found.trained;
  const group = found.groups.find(({ rollouts }) => rollouts.some((one) => one.id === id));
  if (group === undefined) throw new HoneError("AUDIT_ROLLOUT_UNKNOWN", { id, run: run.name });
  const index = group.rollouts.findIndex((one) => one.id === id);
  const rollout = group.rollouts[index]!;
  const rows = tokenRows(rollout, trained.get(id));
  const { rendererProblem } = run;
  return {
    ...{ kind: run.kind, rollout: summaryOf(rollout, index, trained) },
    task: taskText(group),
    siblings: group.rollouts.map(({ id: other, reward }) => ({
      id: other,
      ...(reward !== undefined && { reward: reward.total }),
    })),
    ...(weightsVersion !== undefined && { weightsVersion }),
    ...(rollout.template !== undefined && { template: rollout.template }),
    ...(rendererProblem !== undefined && { rendererProblem }),
    conversation: conversationOf(rollout),
    rows: await Promise.all(rows.map(async (row) => rowJson(row, await textsOf(row, run)))),
  };
}

const textsOf = (row: TokenRow, { renderer }: KeptRollouts): Promise<readonly string[]> =>
  tokenTexts(row.tokens, renderer);

function rowJson(row: TokenRow, texts: readonly string[]) {
  const { index, weightsVersion, temperature, updatesBefore, tokens, parts } = row;
  return {
    ...{ index, weightsVersion, temperature },
    ...(updatesBefore !== undefined && { updatesBefore }),
    ids: [...tokens],
    texts: [...texts],
    parts: parts.map((part) => ({ ...part })),
    logProbs: shortNumbers(row.logProbs),
    samplingLogProbs: shortNumbers(row.samplingLogProbs),
    entropies: shortNumbers(row.entropies),
    trainerLogProbs: shortNumbers(row.trainerLogProbs),
    advantages: shortNumbers(row.advantages),
  };
}

/** With 6 significant digits, which is what single precision holds. */
const shortNumbers = (list: Float64Array): (number | null)[] =>
  Array.from(list, (value) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : null));

/** The longest conversation of a rollout, with what came after its last reply left to the reward. */
function conversationOf({ turns }: StoredRollout) {
  const last = turns.at(-1);
  return last === undefined ? [] : [...last.messages, last.reply].map(shownMessage);
}

const shownMessage = ({ role, content, reasoning, toolCalls = [] }: Message) => ({
  ...{ role, content },
  ...(reasoning !== undefined && { reasoning }),
  toolCalls: toolCalls.map((call) => ({ ...call })),
});

async function heldOutOf(run: KeptRollouts) {
  const stages = await run.evaluations();
  const tries = await Promise.all(
    stages.map(async (stage) =>
      (await run.evaluation(stage)).flatMap((group) =>
        group.rollouts.slice(0, 1).map((rollout) => ({ stage, group, rollout })),
      ),
    ),
  );
  const byTask = Map.groupBy(tries.flat(), ({ group }) => group.task.id);
  return {
    stages: [...stages],
    tasks: [...byTask].map(([id, some]) => ({
      ...{ id, task: taskText(some[0]!.group) },
      tries: some.map(({ stage, rollout }) => {
        const { reward, answer, isSuccess, id: rolloutId } = summaryOf(rollout, 0, new Map());
        return { stage, id: rolloutId, isSuccess, answer, ...(reward !== undefined && { reward }) };
      }),
    })),
  };
}
