import { describe, expect, it } from "vitest";
import { isAllowed, parseRequest, requestKindNames, requestText } from "./requests.ts";
import { ordersOfShop } from "./shop.ts";
import { problemOf, serviceSplitOf, serviceTask, type ServiceTask, serviceTasks } from "./tasks.ts";

const of = (split: "train" | "test", seed: number, level: 1 | 2 | 3 = 3): readonly ServiceTask[] =>
  serviceTasks({ split, count: 200, levels: [level], seed });

const allowed = (tasks: readonly ServiceTask[]): readonly boolean[] =>
  tasks.flatMap(({ requests, customer, orders }) =>
    requests.map((request) => isAllowed(request, customer, orders)),
  );

describe("conversations as tasks", () => {
  it("have one request that is allowed, one that may not be, or two", () => {
    expect(allowed(of("train", 0, 1)).every(Boolean)).toBe(true);
    for (const level of [2, 3] as const) {
      const all = allowed(of("train", 0, level));
      expect(all).toHaveLength(level === 2 ? 200 : 400);
      const share = all.filter(Boolean).length / all.length;
      expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
    }
    for (const { requests } of of("train", 0, 3))
      expect(requests[0]!.order).not.toBe(requests[1]!.order);
  });

  it("are never in both splits, for several seeds, and of every kind", () => {
    const key = ({ customer, orders, requests }: ServiceTask): string =>
      JSON.stringify([customer, orders, requests.map(({ wording: _, ...rest }) => rest)]);
    const train = new Set([0, 1, 2].flatMap((seed) => of("train", seed)).map(key));
    const test = [0, 1, 2].flatMap((seed) => of("test", seed));
    expect(test.filter((task) => train.has(key(task)))).toEqual([]);
    expect(test.every((task) => serviceSplitOf(task) === "test")).toBe(true);
    const kinds = new Set(test.flatMap(({ requests }) => requests.map(({ kind }) => kind)));
    expect(kinds.size).toBe(requestKindNames.length);
  });

  it("are the same for the same options, and others for another seed", () => {
    expect(of("train", 5)).toEqual(of("train", 5));
    expect(of("train", 5)).not.toEqual(of("train", 6));
    expect(new Set(of("train", 5).map(({ id }) => id)).size).toBe(200);
    expect(() => serviceTasks({ split: "test", count: 0 })).toThrow(/OPTION_INVALID.*count = 0/);
  });

  it("say their requests in words that are read back", () => {
    for (const { requests } of of("train", 7))
      for (const request of requests) expect(parseRequest(requestText(request))).toEqual(request);
    expect(parseRequest("Please burn my order 17.")).toBeUndefined();
  });

  it("are made of a customer of one's own, in the sample shop or another", () => {
    const [first] = ordersOfShop(17);
    const said = `shop 17, ${first!.customer.toUpperCase()}: Please cancel my order ${first!.id}. Where is my order 99?`;
    expect(serviceTask(said)).toMatchObject({
      shop: 17,
      customer: first!.customer,
      requests: [
        { kind: "cancel", order: first!.id },
        { kind: "status", order: 99 },
      ],
    });
    const { id: _id, level: _level, ...task } = of("test", 0)[0]!;
    expect(serviceTask(problemOf({ ...task, id: "", level: 3 }))).toMatchObject(task);
    expect(() => serviceTask("nobody: Where is my order 12?")).toThrow(
      /CUSTOMER_INVALID.*"nobody" is no customer[^]*The shop has the orders \d+ \(\w+, \w+\),/,
    );
    expect(() => serviceTask("Where is it?")).toThrow(/CUSTOMER_INVALID.*"" is no customer/);
    expect(() => serviceTask(`shop 17, ${first!.customer}: Burn it.`)).toThrow(/is no request/);
    expect(() => serviceTask(`shop 17, ${first!.customer}:`)).toThrow(/one to four requests/);
    const cancel = `shop 17, ${first!.customer}: Please cancel my order ${first!.id}.`;
    expect(() => serviceTask(`${cancel} Where is my order ${first!.id}?`)).toThrow(
      /CUSTOMER_INVALID.*two requests are about order/,
    );
    expect(() => serviceTask(`${cancel} And another thing`)).toThrow(
      /"And another thing" is no request/,
    );
  });
});
