import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { memoryStore } from "../../../store/memory-store.ts";
import { answeredTrace } from "../../../testing/answered-trace.ts";
import { makeQueue } from "./make-queue.ts";
import { queueDesk } from "./queue-desk.ts";
import { queueNames, readQueue } from "./queue-files.ts";

let folder = "";
const store = memoryStore();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-queue-files-"));
  await store.put([answeredTrace("t", "four", "2 + 2")]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("lists none where nothing was made, and says that the place of queues cannot be read", async () => {
  expect(await queueNames(join(folder, "new"))).toEqual([]);
  const runs = join(folder, "blocked");
  await mkdir(runs);
  await writeFile(join(runs, "queues"), "a file in the place of the folder");
  await expect(queueNames(runs)).rejects.toMatchObject({ code: "FILE_DAMAGED" });
});

it("lists a queue whose file cannot be read with what is wrong, beside the others, and makes none in its place", async () => {
  const runs = join(folder, "runs");
  await makeQueue(store, runs, { name: "whole", kind: "rate" });
  // A folder in the place of the file: no text to read for anybody, the administrator included.
  await mkdir(join(runs, "queues", "unreadable", "queue.json"), { recursive: true });
  await mkdir(join(runs, "queues", "not-a-queue"));
  expect(await queueNames(runs)).toEqual(["unreadable", "whole"]);
  const { queues, problems } = await queueDesk({ store, runs }).list();
  expect(queues.map(({ name }) => name)).toEqual(["whole"]);
  expect(problems).toEqual([expect.stringMatching(/^FILE_DAMAGED.*unreadable/)]);
  const damaged = { code: "FILE_DAMAGED" };
  await expect(readQueue(runs, "unreadable")).rejects.toMatchObject(damaged);
  const again = makeQueue(store, runs, { name: "unreadable", kind: "rate" });
  await expect(again).rejects.toMatchObject(damaged);
});
