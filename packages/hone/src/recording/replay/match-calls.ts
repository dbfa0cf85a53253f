/** Finds the recorded call that answers a call of a tool. */
import { isObject } from "../../core/json.ts";
import type { RecordedCall, ReplayMatch } from "../../core/tool-replay.ts";

/** A recorded call, and the rule by which it was found. */
export interface FoundCall {
  readonly call: RecordedCall;
  readonly match: ReplayMatch;
}

/** Equal calls in the order in which they were recorded. */
interface SameCalls {
  readonly calls: RecordedCall[];
  /** How many of them were asked for so far. */
  asked: number;
}

/**
 * A search in a recording, which keeps track of what was asked for.
 *
 * exact: the same name, and arguments that are equal as JSON, whatever the order of keys.
 * loose: else the first recorded call of the same name whose arguments are alike by `isAlike`.
 *
 * Where a call was recorded several times, its first result answers the first question, its second one the second, and its
 * last one all that follow.
 *
 * @param rule  "exact" for exact matches only, "loose" for both
 */
export function callSearch(
  recorded: readonly RecordedCall[],
  rule: ReplayMatch,
): (name: string, given: unknown) => FoundCall | undefined {
  const groups = new Map<string, SameCalls>();
  for (const call of recorded) {
    const key = keyOf(call.name, call.arguments);
    const group = groups.get(key) ?? { calls: [], asked: 0 };
    group.calls.push(call);
    groups.set(key, group);
  }
  return (name, given) => {
    const exact = groups.get(keyOf(name, given));
    if (exact !== undefined) return { call: nextOf(exact), match: "exact" };
    if (rule === "exact") return undefined;
    const plain: unknown = JSON.parse(canonicalJson(given));
    const alike = [...groups.values()].find(
      ({ calls: [first] }) => first!.name === name && isAlike(plain, first!.arguments),
    );
    return alike && { call: nextOf(alike), match: "loose" };
  };
}

function nextOf(group: SameCalls): RecordedCall {
  const call = group.calls[Math.min(group.asked, group.calls.length - 1)]!;
  group.asked++;
  return call;
}

const keyOf = (name: string, given: unknown): string =>
  `${JSON.stringify(name)} ${canonicalJson(given)}`;

/** The value as JSON with the keys of its objects in order, so that equal values give equal texts. Nothing at all is null. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, part: unknown) =>
    isObject(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? "null";

/**
 * Whether two values are alike: texts that are equal without the white space around them and in small letters; lists of one
 * length whose parts are alike; objects whose common keys have values that are alike, which have a key in common or are both
 * empty; of everything else what is equal.
 */
export function isAlike(a: unknown, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") return plainText(a) === plainText(b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((part, i) => isAlike(part, b[i]));
  if (isObject(a) && isObject(b)) {
    const common = Object.keys(a).filter((key) => Object.hasOwn(b, key));
    const areEmpty = Object.keys(a).length === 0 && Object.keys(b).length === 0;
    return (common.length > 0 || areEmpty) && common.every((key) => isAlike(a[key], b[key]));
  }
  return a === b;
}

const plainText = (text: string): string => text.trim().toLowerCase();
