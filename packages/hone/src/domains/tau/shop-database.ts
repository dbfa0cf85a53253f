/** The database of a shop, in SQLite, with the tools that read and change it. The tools do what they are told: the policy is the agent's. */
import { DatabaseSync } from "node:sqlite";
import { type Order, orderStatuses } from "./shop.ts";

/** What a tool answers where it cannot do what it is told. */
export const NO_ORDER = "no such order";

/** An open database. */
export interface ShopDatabase {
  /** Runs a tool; undefined for a name that is no tool. */
  call(tool: string, argument: string): string | undefined;
  /** All orders, by their numbers. */
  orders(): readonly Order[];
  close(): void;
}

/** The names of the tools, in the order in which a conversation usually needs them. */
export const toolNames = [
  "find_customer",
  "get_order",
  "cancel_order",
  "return_order",
  "change_address",
] as const;

/** Opens a database in memory that holds these orders. */
export function openShopDatabase(orders: readonly Order[]): ShopDatabase {
  const database = new DatabaseSync(":memory:");
  database.exec(`
    create table customers (email text primary key);
    create table orders (
      id integer primary key,
      customer text not null references customers (email),
      item text not null,
      status text not null check (status in (${orderStatuses.map((one) => `'${one}'`).join(", ")})),
      days integer not null,
      city text not null
    );`);
  const addCustomer = database.prepare("insert or ignore into customers values (?)");
  const addOrder = database.prepare("insert into orders values (?, ?, ?, ?, ?, ?)");
  for (const { id, customer, item, status, days, city } of orders) {
    addCustomer.run(customer);
    addOrder.run(id, customer, item, status, days, city);
  }
  return {
    call: (tool, argument) => (isTool(tool) ? tools[tool](database, argument.trim()) : undefined),
    orders: () => database.prepare("select * from orders order by id").all().map(orderOf),
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

type ToolName = (typeof toolNames)[number];

const isTool = (name: string): name is ToolName => toolNames.some((one) => one === name);

const tools: Readonly<Record<ToolName, (database: DatabaseSync, argument: string) => string>> = {
  find_customer(database, email) {
    const orders = database
      .prepare("select id from orders where customer = ? order by id")
      .all(email.toLowerCase());
    return orders.length === 0
      ? "no such customer"
      : `customer ${email.toLowerCase()}: orders ${orders.map(({ id }) => String(id)).join(", ")}`;
  },
  get_order(database, id) {
    const row = database.prepare("select * from orders where id = ?").get(numberOf(id));
    if (!row) return NO_ORDER;
    const { customer, item, status, days, city } = orderOf(row);
    return `order ${id}: customer ${customer}, ${item}, ${status}, ${days} days, ${city}`;
  },
  cancel_order: (database, id) =>
    changed(
      database,
      "update orders set status = 'cancelled' where id = ?",
      [numberOf(id)],
      `cancelled ${id}`,
    ),
  return_order: (database, id) =>
    changed(
      database,
      "update orders set status = 'returned' where id = ?",
      [numberOf(id)],
      `returned ${id}`,
    ),
  change_address(database, argument) {
    const [, id = "", city = ""] = /^(\d+) +(\w+)$/.exec(argument) ?? [];
    const sql = "update orders set city = ? where id = ?";
    return changed(database, sql, [city, numberOf(id)], `address of ${id}: ${city}`);
  },
};

const numberOf = (id: string): number => (/^\d+$/.test(id) ? Number(id) : -1);

function changed(
  database: DatabaseSync,
  sql: string,
  values: readonly (string | number)[],
  answer: string,
): string {
  return database.prepare(sql).run(...values).changes === 0 ? NO_ORDER : answer;
}

function orderOf(row: Readonly<Record<string, unknown>>): Order {
  const status = orderStatuses.find((one) => one === row["status"]);
  return {
    id: Number(row["id"]),
    customer: String(row["customer"]),
    item: String(row["item"]),
    // The table holds no other.
    status: status!,
    days: Number(row["days"]),
    city: String(row["city"]),
  };
}
