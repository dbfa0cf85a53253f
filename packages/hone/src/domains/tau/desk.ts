/** A service desk: the conversation of an agent with a customer, and its work on the shop's database. Both environment and reward run it. */
import type { Action } from "../../ports/environment.ts";
import { isAllowed, kindOf, type Request } from "./requests.ts";
import { NO_ORDER, openShopDatabase, type ShopDatabase, toolNames } from "./shop-database.ts";
import { type SimulatedUser, simulatedUser } from "./simulated-user.ts";
import type { ServiceTask } from "./tasks.ts";

/** How observations begin that answer an action which cannot be taken. */
export const INVALID = "invalid";

/** The names of the actions. */
export const actionNames: readonly string[] = ["say", ...toolNames];

/** A call of a tool. */
export interface ToolCall {
  readonly tool: string;
  readonly argument: string;
  /** The request that the customer waited for. */
  readonly request: Request | undefined;
  /** Whether the policy allows it at that moment; see README.md. */
  readonly isKept: boolean;
}

/** A desk in the middle of a conversation. */
export interface Desk {
  readonly user: SimulatedUser;
  readonly database: ShopDatabase;
  readonly calls: readonly ToolCall[];
  /** Requests that were decided, by a change, a refusal or an answer, after their order, or its absence, had been looked up. */
  readonly grounded: ReadonlySet<Request>;
  /** How many actions were taken. */
  actionCount(): number;
  /** Takes an action. */
  act(action: Action): string;
}

/** A desk at the beginning of a task. */
export function openDesk(task: ServiceTask): Desk {
  const { customer, orders, requests } = task;
  const user = simulatedUser(customer, requests);
  const database = openShopDatabase(orders);
  const calls: ToolCall[] = [];
  const grounded = new Set<Request>();
  let actionCount = 0;
  const isCustomer = (email: string): boolean => email.toLowerCase() === customer;
  const isIdentified = (): boolean =>
    calls.some(({ tool, argument }) => tool === "find_customer" && isCustomer(argument));
  const wasRead = (order: number): boolean =>
    calls.some(({ tool, argument }) => tool === "get_order" && argument === String(order));
  const isOwn = (order: number): boolean =>
    orders.some(({ id, customer: owner }) => id === order && owner === customer);

  /** The rules of the policy that a call is bound by. */
  const keepsPolicy = (tool: string, argument: string, request: Request | undefined): boolean => {
    if (tool === "find_customer") return isCustomer(argument);
    const order = Number(argument.split(" ")[0]);
    if (!isIdentified() || !isOwn(order)) return false;
    if (tool === "get_order") return true;
    const isAsked = request?.order === order && kindOf(request.kind).tool === tool;
    return isAsked && user.confirmed.has(request) && isAllowed(request, customer, orders);
  };

  const decide = (request: Request | undefined): void => {
    if (request === undefined) return;
    if (wasRead(request.order) || (isIdentified() && !isOwn(request.order))) grounded.add(request);
  };

  const callTool = (tool: string, argument: string): string => {
    const request = user.current();
    const isKept = keepsPolicy(tool, argument, request);
    const answer = database.call(tool, argument);
    if (answer === undefined) return `${INVALID}: unknown action`;
    if (answer === NO_ORDER) return `${INVALID}: ${answer}`;
    if (request && kindOf(request.kind).tool === tool) decide(request);
    calls.push({ tool, argument, request, isKept });
    return answer;
  };

  return {
    ...{ user, database, calls, grounded },
    actionCount: () => actionCount,
    act({ name, argument = "" }) {
      actionCount += 1;
      const text = argument.trim();
      if (text === "") return `${INVALID}: no argument`;
      if (name !== "say") return callTool(name, text);
      const [request, before] = [user.current(), user.ends.length];
      const answer = user.answer(text);
      const isRefusalOrAnswer = request && (user.ends[before] ?? "done") !== "done";
      if (isRefusalOrAnswer) decide(request);
      return answer;
    },
  };
}
