/** What customers ask for, by kind: how they say it, and what the policy says about it. */
import type { Order } from "./shop.ts";

/** Days after its delivery on which an order can still be returned. */
export const RETURN_DAYS = 30;

/** A kind of request. In its texts # stands for the number of an order and @ for a city. */
interface RequestKindRow {
  readonly texts: readonly string[];
  /** What the agent says when it asks for a yes, behind "Please confirm: ". */
  readonly confirmation: string;
  /** The tool that does it; undefined where nothing is changed. */
  readonly tool?: string;
  /** Whether the policy lets it be done to an order of the customer's own. */
  readonly isAllowed: (order: Order) => boolean;
  /** The order after it. */
  readonly changed: (order: Order, city: string) => Order;
}

export const requestKinds = {
  cancel: {
    texts: ["Please cancel my order #.", "I do not need order # any more."],
    confirmation: "cancel order #",
    tool: "cancel_order",
    isAllowed: ({ status }) => status === "pending",
    changed: (order) => ({ ...order, status: "cancelled" }),
  },
  return: {
    texts: ["I want to return order #.", "Please take back order #."],
    confirmation: "return order #",
    tool: "return_order",
    isAllowed: ({ status, days }) => status === "delivered" && days <= RETURN_DAYS,
    changed: (order) => ({ ...order, status: "returned" }),
  },
  address: {
    texts: ["Please send order # to @.", "My order # must go to @."],
    confirmation: "send order # to @",
    tool: "change_address",
    isAllowed: ({ status }) => status === "pending",
    changed: (order, city) => ({ ...order, city }),
  },
  status: {
    texts: ["Where is my order #?", "What is the status of order #?"],
    confirmation: "",
    isAllowed: () => true,
    changed: (order) => order,
  },
} as const satisfies Readonly<Record<string, RequestKindRow>>;

/** A kind of request. */
export type RequestKind = keyof typeof requestKinds;

export const requestKindNames = Object.keys(requestKinds) as readonly RequestKind[];

/** The row of a kind, with the types that all rows have. */
export const kindOf = (kind: RequestKind): RequestKindRow => requestKinds[kind];

/** What a customer asks for. */
export interface Request {
  /** What is to be done. */
  readonly kind: RequestKind;
  /** The number of the order that it is about. */
  readonly order: number;
  /** The new city of an address. */
  readonly city?: string;
  /** Which of the wordings of its kind the customer uses. Default 0. */
  readonly wording?: number;
}

/** A text of a request with its order and its city. */
export const filledText = (text: string, { order, city = "" }: Request): string =>
  text.replace("#", String(order)).replace("@", city);

/** How a customer says a request. */
export function requestText(request: Request): string {
  const { texts } = kindOf(request.kind);
  return filledText(texts[(request.wording ?? 0) % texts.length]!, request);
}

/** The request of a text that `requestText` writes; undefined for any other text. */
export function parseRequest(text: string): Request | undefined {
  for (const kind of requestKindNames)
    for (const [wording, form] of kindOf(kind).texts.entries()) {
      const expression = form
        .replace(/[.?]/g, "\\$&")
        .replace("#", "(\\d+)")
        .replace("@", "(\\w+)");
      const found = new RegExp(`^${expression}$`).exec(text);
      const [, order, city] = found ?? [];
      if (order === undefined) continue;
      return { kind, order: Number(order), wording, ...(city !== undefined && { city }) };
    }
  return undefined;
}

/** Whether the policy lets a request of this customer be done. */
export function isAllowed(
  { kind, order: id }: Request,
  customer: string,
  orders: readonly Order[],
): boolean {
  const order = orders.find((one) => one.id === id);
  return order?.customer === customer && kindOf(kind).isAllowed(order);
}

/** The orders after all requests that are allowed were done. */
export const expectedOrders = (
  orders: readonly Order[],
  customer: string,
  requests: readonly Request[],
): readonly Order[] =>
  requests.reduce<readonly Order[]>(
    (now, request) =>
      isAllowed(request, customer, now)
        ? now.map((order) =>
            order.id === request.order
              ? kindOf(request.kind).changed(order, request.city ?? "")
              : order,
          )
        : now,
    orders,
  );
