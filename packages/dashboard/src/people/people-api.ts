/** The endpoints of queues, and the name under which this browser's person judges. */
import { client, dataOf, type Schemas, written } from "../api/client.ts";

export type Queue = Schemas["Queue"];
export type QueueDetails = Schemas["QueueDetails"];
export type QueueItem = Schemas["QueueItem"];
export type QueueKind = Queue["kind"];
/** What a person says about an item. */
export type Said = Omit<Schemas["QueueAnswer"], "rater" | "item">;

const of = (name: string) => ({ params: { path: { name } } });

export const queuesApi = {
  list: async (signal: AbortSignal) => dataOf(await client.GET("/api/queues", { signal })),
  show: async (name: string, signal: AbortSignal) =>
    dataOf(await client.GET("/api/queues/{name}", { signal, ...of(name) })),
  make: (body: Schemas["NewQueue"]) => written(() => client.POST("/api/queues", { body })),
  next: (
    name: string,
    body: { readonly rater: string; readonly skipped?: number; readonly secondLook?: boolean },
  ) => written(() => client.POST("/api/queues/{name}/next", { ...of(name), body })),
  item: async (name: string, item: number, rater: string) =>
    dataOf(
      await client.GET("/api/queues/{name}/items/{item}", {
        params: { path: { name, item }, query: { rater } },
      }),
    ),
  hold: (name: string, rater: string, item: number) =>
    written(() => client.POST("/api/queues/{name}/holds", { ...of(name), body: { rater, item } })),
  answer: (name: string, rater: string, item: number, said: Said) =>
    written(() =>
      client.POST("/api/queues/{name}/answers", { ...of(name), body: { rater, item, ...said } }),
    ),
  trainings: async (signal: AbortSignal) => dataOf(await client.GET("/api/trainings", { signal })),
  train: (name: string, body: Schemas["TrainingRequest"]) =>
    written(() => client.POST("/api/queues/{name}/trainings", { ...of(name), body })),
  stop: (run: string) =>
    written(() => client.POST("/api/trainings/{run}/stop", { params: { path: { run } } })),
};

const raterName = "hone-rater";

/** The name that was given in this browser; an empty text where none was. */
export const keptRater = (): string => localStorage.getItem(raterName) ?? "";

export const keepRater = (name: string): void => localStorage.setItem(raterName, name);

/** What people do in each kind of queue, and how their judgements are called. */
export const kinds: Readonly<Record<QueueKind, { readonly label: string; readonly hint: string }>> =
  {
    rate: { label: "Rate 1 to 5", hint: "how good each answer is" },
    thumbs: { label: "Good or bad", hint: "thumbs up or down, with reasons" },
    compare: { label: "Compare two", hint: "which of two answers to one task is better" },
    correct: { label: "Correct", hint: "write what the answer should have been" },
  };
