/** Trainings that the dashboard starts on what people said, each a process of its own; one at a time. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoneError, messageOf } from "../../../core/errors.ts";
import { newSpanId } from "../../../core/ids.ts";
import { optionChecks } from "../../../core/option-checks.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import type {
  UiTraining,
  UiTrainingRequest,
  UiTrainings,
} from "../../../server/ui/queue-library.ts";
import { type RunStarter, startRun } from "../../sweeps/start-run.ts";
import { exportFile, exportNamedQueue, trainingWords } from "./export-queue.ts";
import { queueFolder, readQueue } from "./queue-files.ts";
import { queueLearning } from "./queue-rows.ts";

const checks = optionChecks("trainings");

/** The end of its output that is shown of a training. */
const SHOWN_CHARACTERS = 2000;

/** A training that was started here. */
interface Started {
  readonly facts: Omit<UiTraining, "state" | "output">;
  readonly log: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  state: UiTraining["state"];
}

/** The trainings of a dashboard. */
export interface QueueTrainings extends UiTrainings {
  /** Stops what runs, which saves and ends. */
  close(): Promise<void>;
}

/** What trainings are started with. */
interface Trainer {
  readonly store: TraceStore | undefined;
  /** The folder of runs. */
  readonly runs: string;
  /** Starts a run. Default: as a process; a test gives its own. */
  readonly start?: RunStarter;
}

/** The trainings of one dashboard. */
export function queueTrainings(trainer: Trainer): QueueTrainings {
  const all: Started[] = [];
  const running = (): Started | undefined => all.find(({ state }) => state === "running");
  /** The run that is being prepared: two requests at the same moment must not both start one. */
  let beginning: string | undefined;
  return {
    list: () => Promise.all(all.toReversed().map(shown)),
    start: async (name, request) => {
      const busy = running()?.facts.run ?? beginning;
      if (busy !== undefined) throw new HoneError("UI_TRAINING_BUSY", { run: busy });
      const run = `${request.training}-${name}-${newSpanId().slice(0, 4)}`;
      beginning = run;
      try {
        const started = await begun(trainer, { run, name }, request);
        all.push(started);
        return await shown(started);
      } finally {
        beginning = undefined;
      }
    },
    stop: async (run) => {
      const found = all.find(({ facts }) => facts.run === run);
      if (found === undefined) {
        const known = all.map(({ facts }) => facts.run);
        throw new HoneError("RUN_NOT_FOUND", { name: run, root: trainer.runs, known });
      }
      found.stop.abort();
      return shown(found);
    },
    close: async () => {
      const last = running();
      last?.stop.abort();
      await last?.ended;
    },
  };
}

/** Writes what people said and starts the training. @throws as `UiTrainings.start` */
async function begun(
  { store, runs, start = startRun }: Trainer,
  { run, name }: { readonly run: string; readonly name: string },
  request: UiTrainingRequest,
): Promise<Started> {
  const { training } = request;
  if (store === undefined) throw new HoneError("UI_STORE_MISSING", {});
  const queue = await readQueue(runs, name);
  checks.oneOf("training", training, queueLearning[queue.kind].trainings);
  const chosen = chosenWords(request);
  const file = exportFile(runs, queue);
  await exportNamedQueue(store, runs, name);
  const log = join(queueFolder(runs, name), `${run}.log`);
  await mkdir(runs, { recursive: true });
  const words = [...trainingWords(training, file), ...[...chosen, "--out", join(runs, run)]];
  const stop = new AbortController();
  const facts = { run, queue: name, training, startedAt: Date.now() };
  const started: Started = {
    ...{ facts, log, stop, state: "running" },
    ended: start({ words, log, signal: stop.signal }).then(
      (code) =>
        void (started.state = code === 0 ? "done" : stop.signal.aborted ? "stopped" : "failed"),
      () => void (started.state = "failed"),
    ),
  };
  return started;
}

/** The options that a person chooses. @throws OPTION_INVALID */
function chosenWords({ model, steps, learningRate }: UiTrainingRequest): readonly string[] {
  checks.whole("steps", steps, { min: 1, max: 1_000_000 });
  if (model.trim() === "" || model.startsWith("-"))
    throw checks.invalid("model", model, "the name of a model, or tiny");
  const words = ["--model", model, "--steps", String(steps)];
  if (learningRate === undefined) return words;
  checks.number("learningRate", learningRate, { above: 0 });
  return [...words, "--learning-rate", String(learningRate)];
}

async function shown({ facts, log, state }: Started): Promise<UiTraining> {
  const text = await readFile(log, "utf8").catch((error: unknown) =>
    state === "running" ? "" : messageOf(error),
  );
  return { ...facts, state, output: text.slice(-SHOWN_CHARACTERS) };
}
