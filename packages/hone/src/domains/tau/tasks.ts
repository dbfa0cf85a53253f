/**
 * Conversations at the service desk as tasks, by level, generated from a seed.
 *
 *     level 1  one request that the policy allows
 *     level 2  one request; every second one is against the policy
 *     level 3  two requests about two orders, each of them like that of level 2
 *
 * A hash of the whole situation, orders and requests, decides its split (one in five is held out).
 */
import { HoneError } from "../../core/errors.ts";
import { Random, randomBits } from "../../core/random.ts";
import type { Task } from "../../core/rollout.ts";
import { drawTasks } from "../../environments/drawn-tasks.ts";
import { checkTasksOptions, tasksOptionNames } from "../../environments/tasks-options.ts";
import {
  isAllowed,
  parseRequest,
  type Request,
  requestKindNames,
  requestText,
} from "./requests.ts";
import { drawCity, type Order, ordersOfShop } from "./shop.ts";

/** Difficulty of a conversation, from 1 to 3. */
export type ServiceLevel = 1 | 2 | 3;

/** The task to serve one customer. */
export interface ServiceTask extends Task {
  /** The number of the shop, which decides its orders. */
  readonly shop: number;
  /** The email address of the customer, in one word. */
  readonly customer: string;
  /** All orders of the shop, by their numbers. The agent sees what its tools show. */
  readonly orders: readonly Order[];
  /** What the customer wants, one after the other. */
  readonly requests: readonly Request[];
  /** The difficulty, from 1 to 3. */
  readonly level: ServiceLevel;
}

/** Which conversations `serviceTasks` draws. */
export interface ServiceTasksOptions {
  /** The split to draw from. */
  readonly split: "train" | "test";
  /** How many to make. */
  readonly count: number;
  /** Levels to draw from, in turn. Default [1]. */
  readonly levels?: readonly ServiceLevel[];
  /** Decides which are drawn. Default 0. */
  readonly seed?: number;
}

/**
 * Different conversations of one split. The same options give the same tasks.
 * @throws OPTION_INVALID for an option that is unknown or out of its range; TASKS_EXHAUSTED where too few are found
 * @example serviceTasks({ split: "test", count: 2, seed: 1 }).map(({ requests }) => requests);
 */
export function serviceTasks(options: ServiceTasksOptions): readonly ServiceTask[] {
  checkTasksOptions("serviceTasks", options, { levels: [1, 2, 3], names: tasksOptionNames });
  const { split, count, levels = [1], seed = 0 } = options;
  const random = new Random("tau conversations", seed, split);
  return drawTasks<ServiceTask, ServiceLevel>(options, {
    where: "serviceTasks",
    levels,
    maxDraws: 2000 + 60 * count,
    draw(level) {
      const task = drawTask(level, random);
      return serviceSplitOf(task) === split ? { key: situationText(task), task } : undefined;
    },
  });
}

/** The split of a situation. @example serviceSplitOf(task); // "train" or "test" */
export const serviceSplitOf = (task: Situation): "train" | "test" =>
  randomBits("tau split", situationText(task)) % 5 === 0 ? "test" : "train";

/** What tells conversations apart, whatever their wording. */
type Situation = Pick<ServiceTask, "customer" | "orders" | "requests">;

const situationText = ({ customer, orders, requests }: Situation): string =>
  JSON.stringify([customer, orders, requests.map(({ kind, order, city }) => [kind, order, city])]);

/** Shops that conversations are drawn from. */
const shopCount = 1_000_000;

function drawTask(level: ServiceLevel, random: Random): ServiceTask {
  const shop = random.integer(0, shopCount - 1);
  const orders = ordersOfShop(shop);
  const customer = ownerOfMost(orders);
  const requests: Request[] = [];
  while (requests.length < (level === 3 ? 2 : 1)) {
    const isGood = level === 1 || random.uniform() < 0.5;
    const rest = orders.filter(({ id }) => requests.every(({ order }) => order !== id));
    requests.push(drawRequest({ customer, orders: rest, isGood }, random));
  }
  return taskOf({ shop, customer, orders, requests, level });
}

function taskOf(situation: Omit<ServiceTask, "id">): ServiceTask {
  const text = JSON.stringify(situation.requests) + situationText(situation);
  const bits = ["id", "of"].map((key) => randomBits(key, text).toString(36));
  return { id: `tau-${situation.level}:${bits.join("")}`, ...situation };
}

/** The customer with more orders than any other. */
function ownerOfMost(orders: readonly Order[]): string {
  const countOf = (name: string): number =>
    orders.filter(({ customer }) => customer === name).length;
  return orders.toSorted((a, b) => countOf(b.customer) - countOf(a.customer))[0]!.customer;
}

interface RequestDraw {
  readonly customer: string;
  /** Orders that it may be about. */
  readonly orders: readonly Order[];
  /** Whether the policy is to allow it. */
  readonly isGood: boolean;
}

/**
 * A request of a random kind, drawn again until the policy says of it what is wanted. There always is one: the status of an order of
 * the customer's own may be asked for, and cancelling or returning one is against the policy, since no order is pending and delivered.
 */
function drawRequest({ customer, orders, isGood }: RequestDraw, random: Random): Request {
  for (;;) {
    const kind = random.pick(requestKindNames);
    const order = random.pick(orders);
    const request: Request = {
      kind,
      order: order.id,
      wording: random.integer(0, 1),
      ...(kind === "address" && { city: drawCity(random, order.city) }),
    };
    if (isAllowed(request, customer, orders) === isGood) return request;
  }
}

/** The shop that requests of one's own are made to. */
const SAMPLE_SHOP = 8;

/**
 * A task from your own words: a customer of a shop and what they ask for. The shop is the sample shop unless the text gives a number.
 *
 * @param text  the customer's email address, a colon, and requests, such as "ada: Where is my order 12? Please cancel my order 40.", or
 *              with a shop before it: "shop 17, ada: Where is my order 12?"
 * @throws CUSTOMER_INVALID when a request cannot be read, two are about one order, or the shop does not know the customer
 * @example serviceTask("ada: Where is my order 12?");
 */
export function serviceTask(text: string): ServiceTask {
  const parts = /^\s*(?:shop (\d{1,9}),)?\s*(\w*)\s*:\s*(.*)$/s.exec(text);
  const [, number, name = "", said = ""] = parts ?? [];
  const shop = Number(number ?? SAMPLE_SHOP);
  const [orders, customer] = [ordersOfShop(shop), name.toLowerCase()];
  const invalid = (problem: string): HoneError =>
    new HoneError("CUSTOMER_INVALID", { text: text.slice(0, 80), problem, shop: shopText(orders) });
  if (!orders.some((order) => order.customer === customer))
    throw invalid(`"${name}" is no customer`);
  const sentences = said
    .split(/(?<=[.?])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
  if (sentences.length === 0 || sentences.length > 4)
    throw invalid("it must have one to four requests, each a sentence");
  const requests = sentences.map((sentence) => {
    const request = parseRequest(sentence);
    if (!request) throw invalid(`"${sentence}" is no request that customers make`);
    return request;
  });
  const [twice] = requests.filter(
    ({ order }, i) => requests.findIndex((one) => one.order === order) < i,
  );
  if (twice !== undefined) throw invalid(`two requests are about order ${twice.order}`);
  return taskOf({ shop, customer, orders, requests, level: requests.length > 1 ? 3 : 2 });
}

/** A task as `serviceTask` reads it. @example problemOf(task); // "shop 17, ada: Where is my order 12?" */
export const problemOf = ({ shop, customer, requests }: ServiceTask): string =>
  `shop ${shop}, ${customer}: ${requests.map(requestText).join(" ")}`;

const shopText = (orders: readonly Order[]): string =>
  orders.map(({ id, customer, status }) => `${id} (${customer}, ${status})`).join(", ");
