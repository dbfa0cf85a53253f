/** What the tools of τ²-bench's shop look up, with the errors that they answer. */
import type {
  RetailData,
  RetailOrder,
  RetailPaymentMethod,
  RetailUser,
} from "../../../data/tau2/retail-data.ts";

/** What a tool answers that cannot do what it is told: "Error: " and this message. */
export class ToolRefusal extends Error {
  override readonly name = "ToolRefusal";
}

/** The value; a refusal where there is none. */
export function present<Value>(value: Value | undefined, message: string): Value {
  if (value === undefined) throw new ToolRefusal(message);
  return value;
}

/** Refuses with a message unless the condition holds. */
export function demand(condition: boolean, message: string): void {
  if (!condition) throw new ToolRefusal(message);
}

/** An order of this database's own, which may be changed. */
export const orderOf = (data: RetailData, id: string): RetailOrder =>
  copied(data.orders, id, present(own(data.orders, id), "Order not found"));

/** A user of this database's own, who may be changed. */
export const userOf = (data: RetailData, id: string): RetailUser =>
  copied(data.users, id, present(own(data.users, id), "User not found"));

/** Rows that were copied out of a file's database. */
const copies = new WeakSet<object>();

/** Puts a copy of a row in its place the first time that it is looked up, because databases of one file share their rows. */
function copied<Row extends object>(table: Record<string, Row>, id: string, row: Row): Row {
  if (copies.has(row)) return row;
  const copy = structuredClone(row);
  copies.add(copy);
  table[id] = copy;
  return copy;
}

export const productOf = (data: RetailData, id: string): RetailData["products"][string] =>
  present(own(data.products, id), "Product not found");

/** A variant of a product. */
export const variantOf = (data: RetailData, product: string, id: string) =>
  present(own(productOf(data, product).variants, id), "Variant not found");

/** A variant of any product. */
export const itemOf = (data: RetailData, id: string) =>
  present(
    Object.values(data.products).flatMap(({ variants }) => own(variants, id) ?? [])[0],
    "Item not found",
  );

export const paymentMethodOf = (data: RetailData, user: string, id: string): RetailPaymentMethod =>
  present(own(userOf(data, user).payment_methods, id), "Payment method not found");

/** A field of the object's own; undefined for one that only its prototype has. */
const own = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Rounded to two digits. */
export const cents = (amount: number): number => Number(amount.toFixed(2));

/** Adds an amount to a gift card; other methods of payment have no balance. */
export function addToBalance(method: RetailPaymentMethod, amount: number): void {
  if (method.source === "gift_card") method.balance = cents((method.balance ?? 0) + amount);
}

/** Whether a method of payment can pay an amount: gift cards up to their balance, all others always. */
export const canPay = (method: RetailPaymentMethod, amount: number): boolean =>
  method.source !== "gift_card" || (method.balance ?? 0) >= amount;
