/**
 * The tools of τ²-bench's shop, which behave as those of the benchmark do, their oddities included: of several items that are
 * modified at once, all get the price and the options of the last one.
 */
import type { RetailAddress, RetailData } from "../../../data/tau2/retail-data.ts";
import { calculated } from "./calculate.ts";
import {
  addToBalance,
  canPay,
  cents,
  demand,
  itemOf,
  orderOf,
  paymentMethodOf,
  present,
  productOf,
  ToolRefusal,
  userOf,
  variantOf,
} from "./retail-lookups.ts";

/** The arguments of a call, checked: texts, and lists of texts. */
interface Arguments {
  readonly text: (name: string) => string;
  readonly list: (name: string) => readonly string[];
}

/** One tool. */
interface RetailTool {
  /** Its parameters; those whose names end with "ids" are lists. */
  readonly parameters: readonly string[];
  /** Whether it changes the database. */
  readonly isChange?: true;
  readonly run: (data: RetailData, given: Arguments) => unknown;
}

const addressParts = ["address1", "address2", "city", "state", "country", "zip"] as const;

const addressIn = ({ text }: Arguments): RetailAddress => ({
  address1: text("address1"),
  address2: text("address2"),
  city: text("city"),
  country: text("country"),
  state: text("state"),
  zip: text("zip"),
});

export const retailTools: Readonly<Record<string, RetailTool>> = {
  calculate: {
    parameters: ["expression"],
    run: (_data, { text }) => calculated(text("expression")),
  },
  find_user_id_by_email: {
    parameters: ["email"],
    run: ({ users }, { text }) => {
      const email = text("email").toLowerCase();
      const found = Object.values(users).find((user) => user.email.toLowerCase() === email);
      return present(found, "User not found").user_id;
    },
  },
  find_user_id_by_name_zip: {
    parameters: ["first_name", "last_name", "zip"],
    run: ({ users }, { text }) => {
      const [first, last] = [text("first_name").toLowerCase(), text("last_name").toLowerCase()];
      const found = Object.values(users).find(
        ({ name, address }) =>
          name.first_name.toLowerCase() === first &&
          name.last_name.toLowerCase() === last &&
          address.zip === text("zip"),
      );
      return present(found, "User not found").user_id;
    },
  },
  get_order_details: {
    parameters: ["order_id"],
    run: (data, { text }) => orderOf(data, text("order_id")),
  },
  get_product_details: {
    parameters: ["product_id"],
    run: (data, { text }) => productOf(data, text("product_id")),
  },
  get_item_details: {
    parameters: ["item_id"],
    run: (data, { text }) => itemOf(data, text("item_id")),
  },
  get_user_details: {
    parameters: ["user_id"],
    run: (data, { text }) => userOf(data, text("user_id")),
  },
  list_all_product_types: {
    parameters: [],
    run: ({ products }) => {
      const ids = Object.values(products).map(({ name, product_id: id }) => [name, id] as const);
      return Object.fromEntries(ids.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    },
  },
  cancel_pending_order: {
    parameters: ["order_id", "reason"],
    isChange: true,
    run(data, { text }) {
      const order = orderOf(data, text("order_id"));
      demand(order.status === "pending", "Non-pending order cannot be cancelled");
      const reason = text("reason");
      demand(["no longer needed", "ordered by mistake"].includes(reason), "Invalid reason");
      const refunds = order.payment_history.map(({ amount, payment_method_id }) => {
        addToBalance(paymentMethodOf(data, order.user_id, payment_method_id), amount);
        return { transaction_type: "refund", amount, payment_method_id };
      });
      order.status = "cancelled";
      order.cancel_reason = reason;
      order.payment_history.push(...refunds);
      return order;
    },
  },
  modify_pending_order_address: {
    parameters: ["order_id", ...addressParts],
    isChange: true,
    run(data, given) {
      const order = orderOf(data, given.text("order_id"));
      demand(order.status.includes("pending"), "Non-pending order cannot be modified");
      order.address = addressIn(given);
      return order;
    },
  },
  modify_user_address: {
    parameters: ["user_id", ...addressParts],
    isChange: true,
    run(data, given) {
      const user = userOf(data, given.text("user_id"));
      user.address = addressIn(given);
      return user;
    },
  },
  modify_pending_order_payment: {
    parameters: ["order_id", "payment_method_id"],
    isChange: true,
    run(data, { text }) {
      const order = orderOf(data, text("order_id"));
      demand(order.status.includes("pending"), "Non-pending order cannot be modified");
      const id = text("payment_method_id");
      const method = paymentMethodOf(data, order.user_id, id);
      const [first, ...more] = order.payment_history;
      if (!first || more.length > 0 || first.transaction_type !== "payment")
        throw new ToolRefusal("There should be exactly one payment for a pending order");
      const { amount, payment_method_id: before } = first;
      demand(before !== id, "The new payment method should be different from the current one");
      demand(canPay(method, amount), "Insufficient gift card balance to pay for the order");
      order.payment_history.push(
        { transaction_type: "payment", amount, payment_method_id: id },
        { transaction_type: "refund", amount, payment_method_id: before },
      );
      addToBalance(method, -amount);
      addToBalance(paymentMethodOf(data, order.user_id, before), amount);
      return order;
    },
  },
  modify_pending_order_items: {
    parameters: ["order_id", "item_ids", "new_item_ids", "payment_method_id"],
    isChange: true,
    run(data, given) {
      const order = orderOf(data, given.text("order_id"));
      demand(order.status === "pending", "Non-pending order cannot be modified");
      const changes = changesIn(data, order, given);
      for (const { from, to } of changes)
        demand(from !== to, "The new item id should be different from the old item id");
      const difference = changes.reduce((sum, { by }) => sum + by, 0);
      const id = given.text("payment_method_id");
      const method = paymentMethodOf(data, order.user_id, id);
      demand(canPay(method, difference), "Insufficient gift card balance to pay for the new item");
      const kind = difference > 0 ? "payment" : "refund";
      const amount = Math.abs(difference);
      order.payment_history.push({ transaction_type: kind, amount, payment_method_id: id });
      addToBalance(method, -difference);
      const last = changes.at(-1)?.variant;
      for (const { from, to } of changes) {
        const item = present(
          order.items.find(({ item_id }) => item_id === from),
          `Item ${from} not found`,
        );
        item.item_id = to;
        item.price = last!.price;
        item.options = structuredClone(last!.options);
      }
      order.status = "pending (item modified)";
      return order;
    },
  },
  exchange_delivered_order_items: {
    parameters: ["order_id", "item_ids", "new_item_ids", "payment_method_id"],
    isChange: true,
    run(data, given) {
      const order = orderOf(data, given.text("order_id"));
      demand(order.status === "delivered", "Non-delivered order cannot be exchanged");
      const changes = changesIn(data, order, given);
      const difference = cents(changes.reduce((sum, { by }) => sum + by, 0));
      const id = given.text("payment_method_id");
      const method = paymentMethodOf(data, order.user_id, id);
      const refusal = "Insufficient gift card balance to pay for the price difference";
      demand(canPay(method, difference), refusal);
      order.status = "exchange requested";
      order.exchange_items = changes.map(({ from }) => from).toSorted(inOrder);
      order.exchange_new_items = changes.map(({ to }) => to).toSorted(inOrder);
      order.exchange_payment_method_id = id;
      order.exchange_price_difference = difference;
      return order;
    },
  },
  return_delivered_order_items: {
    parameters: ["order_id", "item_ids", "payment_method_id"],
    isChange: true,
    run(data, { text, list }) {
      const order = orderOf(data, text("order_id"));
      demand(order.status === "delivered", "Non-delivered order cannot be returned");
      const id = text("payment_method_id");
      const isGiftCard = paymentMethodOf(data, order.user_id, id).source === "gift_card";
      const isOriginal = order.payment_history[0]?.payment_method_id === id;
      demand(isGiftCard || isOriginal, "Payment method should be the original payment method");
      const items = list("item_ids");
      demandItems(order, items, () => "Some item not found");
      order.status = "return requested";
      order.return_items = items.toSorted(inOrder);
      order.return_payment_method_id = id;
      return order;
    },
  },
  transfer_to_human_agents: { parameters: ["summary"], run: () => "Transfer successful" },
};

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

type Order = ReturnType<typeof orderOf>;

/** Refuses items that the order does not have as often. */
function demandItems(order: Order, ids: readonly string[], message: (id: string) => string): void {
  const countIn = (list: readonly string[], id: string): number =>
    list.filter((one) => one === id).length;
  const ordered = order.items.map(({ item_id: id }) => id);
  for (const id of ids) demand(countIn(ids, id) <= countIn(ordered, id), message(id));
}

/** The items that are to be replaced, what by, and what each costs more. */
function changesIn(data: RetailData, order: Order, { list }: Arguments) {
  const [ids, newIds] = [list("item_ids"), list("new_item_ids")];
  demandItems(order, ids, (id) => `Number of ${id} not found.`);
  demand(ids.length === newIds.length, "The number of items to be exchanged should match.");
  return ids.map((from, i) => {
    const to = newIds[i]!;
    const item = present(
      order.items.find(({ item_id }) => item_id === from),
      `Item ${from} not found`,
    );
    const variant = variantOf(data, item.product_id, to);
    demand(variant.available, `New item ${to} not found or available`);
    return { from, to, variant, by: variant.price - item.price };
  });
}

/**
 * Runs a tool on a database, which it may change.
 * @returns what the tool answers, as text
 * @throws ToolRefusal
 */
export function callRetailTool(
  data: RetailData,
  name: string,
  given: Readonly<Record<string, unknown>>,
): string {
  const tool = Object.hasOwn(retailTools, name) ? retailTools[name] : undefined;
  if (!tool) throw new ToolRefusal(`Tool '${name}' not found.`);
  const unknown = Object.keys(given).find((key) => !tool.parameters.includes(key));
  demand(unknown === undefined, `${name} has no parameter ${unknown}`);
  const answer = tool.run(data, {
    text: (key) => present(textOf(given[key]), `${key} must be a text`),
    list: (key) => present(listOf(given[key]), `${key} must be a list of texts`),
  });
  return typeof answer === "string" ? answer : JSON.stringify(answer);
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

const listOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
