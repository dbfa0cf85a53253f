/** τ²-bench's shop on a few rows of our own in its shape. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { runEpisode } from "../../../environments/run-episode.ts";
import type { Action } from "../../../ports/environment.ts";
import { calculated } from "./calculate.ts";
import { customerEnvironment } from "./customer-environment.ts";
import { copyOfDatabase } from "./retail-desk.ts";
import { retailEnvironment } from "./retail-environment.ts";
import { retailFixture } from "./retail-fixture.ts";
import { retailEpisodeReward } from "./retail-rewards.ts";
import type { RetailCall, RetailTask } from "../../../data/tau2/retail-task.ts";
import { callRetailTool } from "./retail-tools.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-retail-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const [database, policy] = [join(folder, "db.json"), join(folder, "policy.md")];
writeFileSync(database, JSON.stringify(retailFixture));
writeFileSync(policy, "# Policy\n\nBe kind.");

const call = (name: string, given: RetailCall["arguments"]): RetailCall => ({
  name,
  arguments: given,
});

const cancel = call("cancel_pending_order", { order_id: "#W1", reason: "no longer needed" });

const taskOf = (calls: readonly RetailCall[], outputs: readonly string[] = []): RetailTask => ({
  ...{ id: "t", database, policy, calls, outputs },
  customer: {
    reason: "You want to cancel #W1.",
    known: "You are Ann Lee.",
    unknown: "",
    instructions: "Be brief.",
  },
});

/** The tool on a database of its own: what it answers, and the database after it. */
function run(...calls: readonly RetailCall[]) {
  const data = copyOfDatabase(database);
  const answers = calls.map(({ name, arguments: given }) => callRetailTool(data, name, given));
  return { data, answer: answers.at(-1)! };
}

const played = (task: RetailTask, actions: readonly (Action | RetailCall)[]) =>
  runEpisode(retailEnvironment(), task, {
    selectAction(_state, _valid, { length }) {
      const next = actions[length]!;
      return "arguments" in next
        ? { name: next.name, argument: JSON.stringify(next.arguments) }
        : next;
    },
  });

const say = (argument: string): Action => ({ name: "say", argument });
const close: Action = { name: "close" };

describe("the tools of the shop", () => {
  it("cancel an order and give back what was paid, also to a gift card", () => {
    const { data } = run(cancel);
    expect(data.orders["#W1"]).toMatchObject({
      status: "cancelled",
      cancel_reason: "no longer needed",
    });
    expect(data.orders["#W1"]!.payment_history.at(-1)).toEqual({
      ...{ transaction_type: "refund", amount: 30.1, payment_method_id: "gift_1" },
    });
    expect(data.users["ann"]!.payment_methods["gift_1"]!.balance).toBe(35.35);
    // What another task changes is its own.
    expect(copyOfDatabase(database).orders["#W1"]!.status).toBe("pending");
  });

  it("modify the items of an order, all to the price of the last", () => {
    const given = { order_id: "#W1", item_ids: ["a1", "a2"], new_item_ids: ["a3", "a1"] };
    const { data } = run(
      call("modify_pending_order_items", { ...given, payment_method_id: "card_1" }),
    );
    const { items, status, payment_history: payments } = data.orders["#W1"]!;
    expect(status).toBe("pending (item modified)");
    expect(items.map(({ item_id: id, price }) => [id, price])).toEqual([
      ["a3", 10],
      ["a1", 10],
    ]);
    // (25 − 10) + (10 − 20.1)
    expect(payments.at(-1)!.amount).toBeCloseTo(4.9, 9);
    expect(payments.at(-1)).toMatchObject({
      ...{ transaction_type: "payment", payment_method_id: "card_1" },
    });
  });

  it("pay an order by another method, and give back what was paid before", () => {
    const { data } = run(
      call("modify_pending_order_payment", { order_id: "#W1", payment_method_id: "card_1" }),
    );
    expect(data.orders["#W1"]!.payment_history).toHaveLength(3);
    expect(data.users["ann"]!.payment_methods["gift_1"]!.balance).toBe(35.35);
  });

  it("exchange and return items of a delivered order", () => {
    const exchanged = run(
      call("exchange_delivered_order_items", {
        ...{ order_id: "#W2", item_ids: ["a1"], new_item_ids: ["a2"], payment_method_id: "card_1" },
      }),
    );
    expect(exchanged.data.orders["#W2"]).toMatchObject({
      ...{ status: "exchange requested", exchange_items: ["a1"], exchange_new_items: ["a2"] },
      exchange_price_difference: 10.1,
    });
    const returned = run(
      call("return_delivered_order_items", {
        order_id: "#W2",
        item_ids: ["a1"],
        payment_method_id: "gift_1",
      }),
    );
    expect(returned.data.orders["#W2"]).toMatchObject({
      status: "return requested",
      return_items: ["a1"],
    });
  });

  it("change addresses, find users, show what there is, and calculate", () => {
    const address = {
      address1: "2 Hill",
      address2: "",
      city: "Rome",
      state: "RM",
      country: "IT",
      zip: "1",
    };
    expect(
      run(call("modify_user_address", { user_id: "ann", ...address })).data.users["ann"]!.address
        .city,
    ).toBe("Rome");
    expect(
      run(call("modify_pending_order_address", { order_id: "#W1", ...address })).data.orders["#W1"]!
        .address.zip,
    ).toBe("1");
    expect(run(call("find_user_id_by_email", { email: "ANN@x.org" })).answer).toBe("ann");
    const name = { first_name: "ann", last_name: "LEE", zip: "100" };
    expect(run(call("find_user_id_by_name_zip", name)).answer).toBe("ann");
    expect(run(call("list_all_product_types", {})).answer).toBe('{"Lamp":"p1"}');
    expect(JSON.parse(run(call("get_item_details", { item_id: "a3" })).answer)).toMatchObject({
      price: 25,
    });
    expect(JSON.parse(run(call("get_product_details", { product_id: "p1" })).answer)).toMatchObject(
      { name: "Lamp" },
    );
    expect(run(call("calculate", { expression: "2 * (3.5 + 1) - 8 / 3" })).answer).toBe("6.33");
    expect([calculated("4"), calculated("-(1 - 3) * .5")]).toEqual(["4.0", "1.0"]);
  });

  it.each<[RetailCall, string]>([
    [call("get_order_details", { order_id: "#W9" }), "Order not found"],
    [call("get_user_details", { user_id: "constructor" }), "User not found"],
    [call("get_item_details", { item_id: "z" }), "Item not found"],
    [
      call("cancel_pending_order", { order_id: "#W2", reason: "no longer needed" }),
      "Non-pending order cannot be cancelled",
    ],
    [call("cancel_pending_order", { order_id: "#W1", reason: "bored" }), "Invalid reason"],
    [
      call("modify_pending_order_payment", { order_id: "#W1", payment_method_id: "gift_1" }),
      "different from the current one",
    ],
    [
      call("modify_pending_order_items", {
        order_id: "#W1",
        item_ids: ["a1"],
        new_item_ids: ["a1"],
        payment_method_id: "card_1",
      }),
      "different from the old item id",
    ],
    [
      call("modify_pending_order_items", {
        order_id: "#W1",
        item_ids: ["a1"],
        new_item_ids: ["a4"],
        payment_method_id: "card_1",
      }),
      "not found or available",
    ],
    [
      call("modify_pending_order_items", {
        order_id: "#W1",
        item_ids: ["a1"],
        new_item_ids: ["a3"],
        payment_method_id: "gift_1",
      }),
      "Insufficient gift card balance",
    ],
    [
      call("exchange_delivered_order_items", {
        order_id: "#W2",
        item_ids: ["a1", "a1"],
        new_item_ids: ["a2", "a2"],
        payment_method_id: "card_1",
      }),
      "Number of a1 not found.",
    ],
    [
      call("exchange_delivered_order_items", {
        order_id: "#W2",
        item_ids: ["a1"],
        new_item_ids: [],
        payment_method_id: "card_1",
      }),
      "should match",
    ],
    [
      call("return_delivered_order_items", {
        order_id: "#W2",
        item_ids: ["a1"],
        payment_method_id: "paypal_1",
      }),
      "original payment method",
    ],
    [call("calculate", { expression: "2 ^ 3" }), "Invalid characters"],
    [call("calculate", { expression: "2 + (3" }), "Invalid expression"],
    [call("cancel_pending_order", { order_id: 1, reason: "x" }), "order_id must be a text"],
    [call("cancel_pending_order", { id: "#W1" }), "has no parameter id"],
    [call("burn", {}), "Tool 'burn' not found."],
  ])("refuse %j", (refused, message) => {
    expect(() => run(refused)).toThrow(message);
  });
});

describe("the environment of the shop", () => {
  it("shows the policy, the actions and the customer, who answers by rules", async () => {
    const { steps } = await played(taskOf([]), [
      say("Who are you?"),
      say("Shall I?"),
      say("Hello"),
      close,
    ]);
    expect(steps[0]!.state).toContain("# Policy\n\nBe kind.");
    expect(steps[0]!.state).toContain('cancel_pending_order {"order_id": "…", "reason": "…"}');
    expect(steps[0]!.state).toMatch(/Customer: You want to cancel #W1\.$/);
    expect(steps.map(({ nextState }) => nextState)).toEqual([
      ...["You are Ann Lee.", "Yes.", "You want to cancel #W1. Be brief.", "closed"],
    ]);
  });

  it("knows success by the end state of the database and by what was said, whatever the way", async () => {
    const task = taskOf([call("get_order_details", { order_id: "#W1" }), cancel], ["1030.10"]);
    const right = await played(task, [cancel, say("You get back 1,030.10 dollars."), close]);
    expect(right.isSuccess).toBe(true);
    // Completion 0.4, efficiency 0.2 · 2 / 3, quality 0.3 · (tools 2 · 1 / 3 + state 1) / 2; the order was not read before: reasoning 0.
    expect(right.totalReward).toBeCloseTo(0.4 + 0.2 * (2 / 3) + 0.15 * (2 / 3 + 1), 9);
    expect((await played(task, [cancel, close])).isSuccess).toBe(false);
    expect((await played(task, [say("1030.10"), close])).isSuccess).toBe(false);
    const whole = await played(taskOf([task.calls[0]!, cancel]), [...task.calls, close]);
    expect(whole.totalReward).toBeCloseTo(0.4 + 0.2 * (2 / 3) + 0.3 + 0.1, 9);
    const more = call("modify_user_address", {
      ...{ user_id: "ann", address1: "", address2: "", city: "", state: "", country: "", zip: "" },
    });
    expect((await played(taskOf([cancel]), [cancel, more, close])).isSuccess).toBe(false);
  });

  it("goes on after what cannot be read or is refused, and ends when the customer is handed over", async () => {
    const transfer = call("transfer_to_human_agents", { summary: "angry" });
    const { steps, isSuccess } = await played(taskOf([transfer]), [
      { name: "get_order_details", argument: "#W1" },
      { name: "dance" },
      say(" "),
      call("get_order_details", { order_id: "#W9" }),
      transfer,
    ]);
    expect(steps.map(({ nextState, reward }) => [nextState, reward < 0])).toEqual([
      ["invalid: the arguments must be a JSON object on one line", true],
      ["invalid: unknown action", true],
      ["invalid: no words", true],
      ["Error: Order not found", false],
      ["Transfer successful", false],
    ]);
    expect(isSuccess).toBe(true);
  });

  it("pays in its steps what the reward of the episode is", async () => {
    const task = taskOf([cancel]);
    for (const actions of [
      [cancel, close],
      [{ name: "dance" }, close],
    ]) {
      const episode = await played(task, actions);
      expect(retailEpisodeReward(task, episode).total).toBeCloseTo(episode.totalReward, 9);
    }
  });

  it("says what is wrong with a database that is not there, or of another shape", () => {
    const other = join(folder, "other.json");
    writeFileSync(other, '{"products":{},"users":{"a":{}},"orders":{}}');
    const reset = (file: string) => () =>
      retailEnvironment().reset({ ...taskOf([]), database: file }, 0);
    expect(reset(join(folder, "no.json"))).toThrow(/TAU2_UNREADABLE.*no such file/);
    expect(reset(other)).toThrow(/TAU2_UNREADABLE.*users\.a\.user_id/);
    writeFileSync(other, "{");
    expect(reset(other)).toThrow(/TAU2_UNREADABLE.*no JSON/);
  });
});

it("does not wait for a customer played by a model when the episode's signal aborts", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const model = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1#shopper`;
  vi.stubEnv("HONE_CUSTOMER", model);
  const asked = taskOf([]);
  const stop = new AbortController();
  silent.on("request", () => stop.abort());
  const opening = customerEnvironment().reset(
    { ...asked, customer: { ...asked.customer, model } },
    0,
    stop.signal,
  );
  await expect(opening).rejects.toThrow(/abort/i);
  vi.unstubAllEnvs();
  silent.close().closeAllConnections();
});
