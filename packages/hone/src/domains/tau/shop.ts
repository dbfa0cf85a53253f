/** What a shop knows: its customers and their orders, drawn from a seed. */
import { Random } from "../../core/random.ts";

/** How far an order is. */
export const orderStatuses = ["pending", "shipped", "delivered", "cancelled", "returned"] as const;

/** How far an order is. */
export type OrderStatus = (typeof orderStatuses)[number];

/** An order of one item. */
export interface Order {
  /** A number of two digits. */
  readonly id: number;
  /** The email address of the customer whose order it is. */
  readonly customer: string;
  /** What was ordered, in one word. */
  readonly item: string;
  /** How far it is. */
  readonly status: OrderStatus;
  /** Days since it was ordered, or, of a delivered order, since it was delivered. */
  readonly days: number;
  /** The city that it goes to. */
  readonly city: string;
}

/** The words that shops are made of, each a word of its own. */
const words = {
  customer: "ada boris clara dmitri elena felix greta hugo irene jonas katya lars".split(" "),
  item: "lamp chair kettle clock radio mirror basket carpet".split(" "),
  city: "Oslo Lima Cairo Delhi Quito Turin Perth Dakar".split(" "),
} as const;

/** A city at random, another one than this where one is given. */
export const drawCity = (random: Random, other = ""): string =>
  random.pick(words.city.filter((city) => city !== other));

/** Days since something, to both sides of the limit for returns. */
const dayCounts = [2, 5, 9, 14, 20, 27, 34, 45, 60, 80] as const;

/** Statuses that orders begin with. */
const openStatuses = ["pending", "shipped", "delivered"] as const;

/** The orders of the shop of a number: three of one customer and one of another, in the order of their own numbers. */
export function ordersOfShop(shop: number): readonly Order[] {
  const random = new Random("tau shop", shop);
  const [own, other] = random.shuffle(words.customer);
  const ids = random.shuffle(Array.from({ length: 90 }, (_, i) => 10 + i));
  const orders = [own!, own!, own!, other!].map((customer, i): Order => ({
    id: ids[i]!,
    customer,
    item: random.pick(words.item),
    status: random.pick(openStatuses),
    days: random.pick(dayCounts),
    city: drawCity(random),
  }));
  return orders.toSorted((a, b) => a.id - b.id);
}
