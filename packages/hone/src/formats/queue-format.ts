/** The file of a queue of traces that people judge: `queues/<name>/queue.json` in a folder of runs, format hone.queue. */
import { z } from "zod";
import { queueKinds } from "../core/feedback-queue.ts";
import { defineFormat } from "./format.ts";
import { jsonValue } from "./json-value.ts";

const id = z.string().min(1);

const queue = z.strictObject({
  name: id,
  kind: z.enum(queueKinds),
  store: z.string(),
  /** Conditions by their names; they are checked where they are used. */
  filter: z.record(z.string(), jsonValue).readonly(),
  seed: z.int(),
  ratersPerItem: z.int().min(1),
  reasons: z.array(z.string()).readonly(),
  createdAt: z.number(),
  items: z.array(z.union([z.tuple([id]).readonly(), z.tuple([id, id]).readonly()])).readonly(),
});

/** The content of `queue.json`. */
export const queueFormat = defineFormat("hone.queue", 1, queue);
