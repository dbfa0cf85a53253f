/** Trainings that are started on what people said in a queue, with a starter in the place of processes. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withId } from "../../../core/feedback.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { answeredTrace } from "../../../testing/answered-trace.ts";
import { openStore } from "../../open-store.ts";
import type { RunRequest } from "../../sweeps/start-run.ts";
import { makeQueue } from "./make-queue.ts";
import { queueTrainings } from "./queue-trainings.ts";

const request = { training: "kto", model: "tiny", steps: 2 };

let folder = "";
let store: TraceStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-queue-trainings-"));
  store = await openStore(`sqlite:${join(folder, "traces.db")}`);
  const said = { author: "ada", at: 1, kind: "rating", rating: 1, low: 0, high: 1 } as const;
  const feedback = [withId({ ...said, traceId: "good" })];
  await store.put([{ ...answeredTrace("good", "four", "2 + 2"), feedback }]);
  await makeQueue(store, folder, { name: "thumbs", kind: "thumbs" });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Trainings whose runs end with a code when they are told to, or when they are stopped. */
function started() {
  const requests: RunRequest[] = [];
  const ended = Promise.withResolvers<number>();
  const trainings = queueTrainings({
    store,
    runs: folder,
    start: (one) => {
      requests.push(one);
      one.signal?.addEventListener("abort", () => ended.resolve(130));
      return ended.promise;
    },
  });
  return { trainings, requests, end: ended.resolve };
}

describe("a training on a queue", () => {
  it("reads what people said, and is the only one, also where two are asked for at once", async () => {
    const { trainings, requests, end } = started();
    const [first, second] = await Promise.allSettled([
      trainings.start("thumbs", request),
      trainings.start("thumbs", request),
    ]);
    expect(first).toMatchObject({ status: "fulfilled", value: { state: "running" } });
    expect(second).toMatchObject({ reason: { code: "UI_TRAINING_BUSY" } });
    expect(requests).toHaveLength(1);
    const { words } = requests[0]!;
    expect(words.slice(0, 3)).toEqual(["train", "kto", "--data"]);
    expect(words.slice(4, 9)).toEqual(["--model", "tiny", "--steps", "2", "--out"]);
    const row = { completion: [{ role: "assistant", content: "four" }], label: true };
    expect(JSON.parse(await readFile(words[3]!, "utf8"))).toMatchObject(row);
    end(0);
    await expect.poll(() => trainings.list()).toMatchObject([{ state: "done" }]);
  });

  it("learns at the rate that is chosen", async () => {
    const { trainings, requests } = started();
    await trainings.start("thumbs", { ...request, learningRate: 2e-4 });
    expect(requests[0]!.words.slice(6, 10)).toEqual(["--steps", "2", "--learning-rate", "0.0002"]);
    await trainings.close();
  });

  it("is stopped by its run's name, and by the end of the server", async () => {
    const { trainings } = started();
    const { run } = await trainings.start("thumbs", request);
    await expect(trainings.stop("another")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await trainings.stop(run);
    await expect.poll(() => trainings.list()).toMatchObject([{ run, state: "stopped" }]);
    const closed = started().trainings;
    await closed.start("thumbs", request);
    await closed.close();
    expect(await closed.list()).toMatchObject([{ state: "stopped" }]);
  });

  it.each([
    ["another training than the queue's kind has", { training: "dpo" }],
    ["no model", { model: " " }],
    ["an option in the place of a model", { model: "--out" }],
    ["no steps", { steps: 0 }],
    ["a learning rate that is none", { learningRate: 0 }],
  ])("is refused with %s, and another one may start then", async (_, wrong) => {
    const { trainings, requests } = started();
    const refused = trainings.start("thumbs", { ...request, ...wrong });
    await expect(refused).rejects.toMatchObject({ code: "OPTION_INVALID" });
    expect(requests).toEqual([]);
    await trainings.start("thumbs", request);
    await trainings.close();
  });
});
