/** The desk of τ²-bench's shop: an agent talks with the customer and calls tools on a copy of the database. */
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../../core/json.ts";
import { readRetailData, readTextFile, type RetailData } from "../../../data/tau2/retail-data.ts";
import type { Action } from "../../../ports/environment.ts";
import { INVALID } from "../desk.ts";
import { answerWords, openingWords } from "./retail-customer.ts";
import { ToolRefusal } from "./retail-lookups.ts";
import type { RetailCall, RetailTask } from "../../../data/tau2/retail-task.ts";
import { callRetailTool, retailTools } from "./retail-tools.ts";

/** A call that was made, and whether the tool refused it. */
export interface MadeCall extends RetailCall {
  readonly isRefused: boolean;
}

/** A desk in the middle of a conversation. */
export interface RetailDesk {
  readonly data: RetailData;
  readonly calls: readonly MadeCall[];
  /** All that the agent has said. */
  readonly said: readonly string[];
  actionCount(): number;
  /** Whether the agent has closed the conversation, or handed it over. */
  isOver(): boolean;
  /** What the agent reads first: the policy, its actions, and the customer's first words. */
  opening(): string;
  act(action: Action): string;
}

/** How the first observation begins, since a system message describes the domain's own shops. */
const RETAIL_NOTE = "In this shop the following policy and actions hold, and no others:";

/** The names of the actions. */
export const retailActionNames: readonly string[] = ["say", "close", ...Object.keys(retailTools)];

const files = new Map<string, RetailData>();

/** A database that a task may change, since lookups copy what they give out. The file is read once. */
export function copyOfDatabase(file: string): RetailData {
  const { products, users, orders } = files.get(file) ?? readRetailData(file);
  files.set(file, { products, users, orders });
  return { products, users: { ...users }, orders: { ...orders } };
}

/** A desk at the beginning of a task. @throws TAU2_UNREADABLE */
export function openRetailDesk(task: RetailTask): RetailDesk {
  const data = copyOfDatabase(task.database);
  const calls: MadeCall[] = [];
  const said: string[] = [];
  let [count, isOver] = [0, false];
  const call = (name: string, argument: string): string => {
    const given = argumentsIn(argument);
    if (!given) return `${INVALID}: the arguments must be a JSON object on one line`;
    const answer = answerOf(data, { name, arguments: given });
    calls.push({ name, arguments: given, isRefused: answer.isRefused });
    if (name === "transfer_to_human_agents") isOver = true;
    return answer.text;
  };
  return {
    ...{ data, calls, said },
    actionCount: () => count,
    isOver: () => isOver,
    opening: () =>
      [
        RETAIL_NOTE,
        readTextFile(task.policy).trim(),
        actionsText,
        `Customer: ${openingWords(task)}`,
      ].join("\n\n"),
    act({ name, argument = "" }) {
      count += 1;
      if (name === "close") {
        isOver = true;
        return "closed";
      }
      if (name !== "say")
        return Object.hasOwn(retailTools, name)
          ? call(name, argument)
          : `${INVALID}: unknown action`;
      if (argument.trim() === "") return `${INVALID}: no words`;
      said.push(argument);
      return answerWords(task, argument);
    },
  };
}

const actionsText = [
  "Reply with one line and nothing else, one action per message:",
  "say WORDS: tells the customer something.",
  "close: ends the conversation when all is done.",
  ...Object.entries(retailTools).map(
    ([name, { parameters }]) =>
      `${name} {${parameters.map((key) => `"${key}": ${key.endsWith("ids") ? '["…"]' : '"…"'}`).join(", ")}}`,
  ),
].join("\n");

function argumentsIn(text: string): RetailCall["arguments"] | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The answer of a tool, a refusal as the benchmark words it. */
export function answerOf(
  data: RetailData,
  { name, arguments: given }: RetailCall,
): { readonly text: string; readonly isRefused: boolean } {
  try {
    return { text: callRetailTool(data, name, given), isRefused: false };
  } catch (error) {
    if (!(error instanceof ToolRefusal)) throw error;
    return { text: `Error: ${error.message}`, isRefused: true };
  }
}

/** The database after what a right agent does; calls that their tool refuses change nothing. */
export function expectedData({ database, calls }: RetailTask): RetailData {
  const data = copyOfDatabase(database);
  for (const call of calls) answerOf(data, call);
  return data;
}

/** Whether two states of the shop are the same in every user and order. */
export const isSameState = (a: RetailData, b: RetailData): boolean =>
  isDeepStrictEqual(a.users, b.users) && isDeepStrictEqual(a.orders, b.orders);
