import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answeredTrace } from "../../testing/answered-trace.ts";
import { openStore } from "../open-store.ts";
import { serveUi, type ServingUi } from "./serve-ui.ts";

let folder = "";
let url = "";
let ui: ServingUi;
let token = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-ui-queues-"));
  url = `sqlite:${join(folder, "traces.db")}`;
  const store = await openStore(url);
  await store.put(
    Array.from({ length: 16 }, (_, i) => {
      const trace = answeredTrace(`t${i}`, `answer ${i}`, `task ${i >> 1}`);
      return { ...trace, agent: i < 8 ? "a" : "b" };
    }),
  );
  await store.close();
  ui = await serveUi({ runs: join(folder, "runs"), store: url, port: 0 });
  ({ token } = await get<{ readonly token: string }>("/api/session"));
});
afterAll(async () => {
  await ui.close();
  await rm(folder, { recursive: true, force: true });
});

const get = async <T>(path: string): Promise<T> =>
  (await fetch(ui.url + path)).json() as Promise<T>;

async function post(path: string, body: object | string): Promise<{ status: number; data: Data }> {
  const answer = await fetch(ui.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-hone-token": token },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, data: (await answer.json()) as Data };
}

/** What is read of answers here. */
interface Data {
  readonly id: string;
  readonly items: number;
  readonly judged: number;
  readonly held: number;
  readonly done: number;
  readonly item?: {
    readonly item: number;
    readonly trace?: string;
    readonly answers: readonly { readonly text: string }[];
    readonly mine?: object;
  };
  readonly error: { readonly code: string };
}

const make = (queue: object): Promise<{ status: number; data: Data }> =>
  post("/api/queues", { filter: { agent: "a" }, ...queue });
const next = async (name: string, rater: string, more: object = {}): Promise<Data> =>
  (await post(`/api/queues/${name}/next`, { rater, ...more })).data;
const answer = (name: string, body: object) => post(`/api/queues/${name}/answers`, body);

/** The feedback in the store, as another program finds it. */
async function feedbackOf(id: string) {
  const store = await openStore(url);
  const trace = await store.get(id);
  await store.close();
  return trace?.feedback ?? [];
}

describe("a queue", () => {
  it("is made of the traces of conditions, and is there for a server that starts later", async () => {
    const { status, data } = await make({
      name: "one-task",
      kind: "rate",
      filter: { task: "task 1" },
    });
    expect([status, data.items]).toEqual([200, 2]);
    const later = await serveUi({ runs: join(folder, "runs"), store: url, port: 0 });
    const list = (await (await fetch(`${later.url}/api/queues`)).json()) as { queues: object[] };
    expect(list.queues).toMatchObject([{ name: "one-task", kind: "rate", items: 2, done: 0 }]);
    await later.close();
  });

  it.each([
    [{ name: "one-task", kind: "rate" }, 409, "QUEUE_EXISTS"],
    [{ name: "../x", kind: "rate" }, 400, "OPTION_INVALID"],
    [{ name: "x", kind: "sort" }, 400, "UI_REQUEST_INVALID"],
    [{ name: "x", kind: "rate", colour: "red" }, 400, "UI_REQUEST_INVALID"],
    [{ name: "x", kind: "rate", filter: { colour: "red" } }, 400, "TRACE_QUERY_INVALID"],
    [{ name: "x", kind: "rate", filter: { agent: "nobody" } }, 409, "QUEUE_EMPTY"],
  ])("is not made of %o", async (queue, status, code) => {
    const { status: got, data } = await make(queue);
    expect([got, data.error.code]).toEqual([status, code]);
  });

  it("takes every condition of the page of traces, whose values are texts, and says which is wrong", async () => {
    const of = (name: string, filter: object) => make({ name, kind: "rate", filter });
    const all = { minTokens: "0", maxTokens: "1e9", from: "0", to: "1" };
    expect(await of("conditions", all)).toMatchObject({ status: 200, data: { items: 16 } });
    // None of the traces has an end.
    const ended = await of("ended", { minLatency: "0" });
    expect(ended.data.error.code).toBe("QUEUE_EMPTY");
    const cost = await of("costs", { minCost: "0" });
    expect([cost.status, cost.data.error.code]).toEqual([400, "TRACE_QUERY_INVALID"]);
  });

  it("refuses what is no JSON, and more of it than a person writes", async () => {
    const broken = await post("/api/queues", "{");
    expect([broken.status, broken.data.error.code]).toEqual([400, "UI_REQUEST_INVALID"]);
    const large = await post("/api/queues", JSON.stringify({ name: "x".repeat(5e6) }));
    expect([large.status, large.data.error.code]).toEqual([413, "SERVE_BODY_TOO_LARGE"]);
  });
});

describe("a rater", () => {
  it("gets items one by one, each answer kept as the feedback that commands read", async () => {
    await make({ name: "ratings", kind: "rate", seed: 1 });
    const first = await next("ratings", "ada");
    const { item, trace } = first.item!;
    const kept = await answer("ratings", { rater: "ada", item, rating: 4, reason: " clear " });
    expect(kept.status).toBe(200);
    expect(await feedbackOf(trace!)).toMatchObject([
      {
        id: kept.data.id,
        kind: "rating",
        author: "ada",
        rating: 4,
        low: 1,
        high: 5,
        reason: "clear",
      },
    ]);
    const second = await next("ratings", "ada");
    expect([second.judged, second.items, second.done]).toEqual([1, 8, 1]);
    expect(second.item!.item).not.toBe(item);
    // Going back shows what was said; the same again changes nothing, another word replaces it.
    const back = await get<NonNullable<Data["item"]>>(
      `/api/queues/ratings/items/${item}?rater=ada`,
    );
    expect(back.mine).toEqual({ rating: 4, reason: "clear" });
    await answer("ratings", { rater: "ada", item, rating: 4, reason: "clear" });
    await answer("ratings", { rater: "ada", item, rating: 2 });
    expect(await feedbackOf(trace!)).toMatchObject([{ rating: 2 }]);
  });

  it("gets an item that no other looks at, and one that was skipped last", async () => {
    await make({ name: "shared", kind: "thumbs", seed: 2, filter: { task: "task 0" } });
    const [ada, ben] = await Promise.all([next("shared", "ada"), next("shared", "ben")]);
    expect(new Set([ada.item!.item, ben.item!.item]).size).toBe(2);
    expect(await next("shared", "cy")).toMatchObject({ held: 2 });
    const other = await next("shared", "ada", { skipped: ada.item!.item });
    expect(other.item!.item).toBe(ada.item!.item);
    await answer("shared", { rater: "ben", item: ben.item!.item, rating: 1 });
    expect((await next("shared", "ben")).item).toBeUndefined();
  });

  it("compares two answers without their names; which stood left is kept, and does not decide", async () => {
    await make({ name: "pairs", kind: "compare" });
    let left = 0;
    for (;;) {
      const { item } = await next("pairs", "ada");
      if (item === undefined) break;
      expect(item.trace).toBeUndefined();
      const texts = item.answers.map(({ text }) => text);
      // The answer with the greater number is the better one.
      const preferred = texts[0]! > texts[1]! ? "left" : "right";
      left += Number(preferred === "left");
      await answer("pairs", { rater: "ada", item: item.item, preferred });
      const better = texts.toSorted().at(-1)!.replace("answer ", "t");
      const shown = texts[0]!.replace("answer ", "t");
      const said = (await feedbackOf(better)).filter(({ kind }) => kind === "comparison");
      expect(said).toMatchObject([
        { first: shown, preferred: shown === better ? "first" : "second" },
      ]);
    }
    const details = await get<object>("/api/queues/pairs");
    expect(details).toMatchObject({ done: 4, sides: { left, right: 4 - left } });
  });

  it.each([
    [{ rating: 6 }, "ratings"],
    [{ rating: 2.5 }, "ratings"],
    [{ preferred: "left" }, "ratings"],
    [{ rating: 3, answer: "x" }, "ratings"],
    [{}, "pairs"],
  ])("is told that %o is no answer to %s", async (said, queue) => {
    const { status, data } = await answer(queue, { rater: "eve", item: 0, ...said });
    expect([status, data.error.code]).toEqual([400, "QUEUE_ANSWER_INVALID"]);
  });

  it("is told that there is no such queue, or item", async () => {
    const queue = await post("/api/queues/none/next", { rater: "ada" });
    expect([queue.status, queue.data.error.code]).toEqual([404, "QUEUE_NOT_FOUND"]);
    const item = await answer("ratings", { rater: "ada", item: 99, rating: 1 });
    expect([item.status, item.data.error.code]).toEqual([404, "QUEUE_ITEM_UNKNOWN"]);
    expect((await answer("ratings", { rater: " ", item: 0, rating: 1 })).status).toBe(400);
  });
});

it("measures agreement as it comes, and asks a third rater where two disagree", async () => {
  await make({ name: "agreed", kind: "rate", ratersPerItem: 2, filter: { agent: "b" } });
  for (const rater of ["ida", "jo"])
    for (let i = 0; i < 8; i++) {
      const { item } = (await next("agreed", rater)).item!;
      const rating = item === 5 && rater === "jo" ? 1 : item < 4 ? 2 : 5;
      await answer("agreed", { rater, item, rating });
    }
  const before = await get<Record<string, unknown>>("/api/queues/agreed");
  expect(before).toMatchObject({ done: 8, openConflicts: 1, agreement: { judgedTwice: 8 } });
  expect(before["conflicts"]).toMatchObject([
    {
      item: 5,
      judgements: [
        { author: "ida", value: 5 },
        { author: "jo", value: 1 },
      ],
    },
  ]);
  const third = await next("agreed", "kai", { secondLook: true });
  expect(third.item!.item).toBe(5);
  await answer("agreed", { rater: "kai", item: 5, rating: 4 });
  const after = await get<Record<string, unknown>>("/api/queues/agreed");
  expect(after).toMatchObject({ openConflicts: 0, conflicts: [{ decision: 4 }] });
  expect((await next("agreed", "lea", { secondLook: true })).item).toBeUndefined();
});

it("has nothing to judge without a store", async () => {
  const before = process.env["HONE_STORE"];
  process.env["HONE_STORE"] = `sqlite:${join(folder, "absent.db")}`;
  const without = await serveUi({ runs: folder, port: 0 });
  expect(await (await fetch(`${without.url}/api/queues`)).json()).toEqual({
    queues: [],
    problems: [],
  });
  await without.close();
  if (before === undefined) delete process.env["HONE_STORE"];
  else process.env["HONE_STORE"] = before;
});
