/** The conditions on traces that an address holds, and the command line that means the same. */
import type { TraceConditions } from "../api/client.ts";

/** A condition with a field of the form. */
export interface ConditionField {
  readonly key: string;
  readonly label: string;
  /** What the field says while it is empty. */
  readonly hint: string;
  /** "time": a date with a time of day. */
  readonly kind?: "number" | "time";
}

/** The conditions that are seen at once. */
export const mainFields: readonly ConditionField[] = [
  { key: "text", label: "Words", hint: "that all stand in it" },
  { key: "agent", label: "Agent", hint: "exactly" },
  { key: "session", label: "Session", hint: "exactly" },
  { key: "user", label: "User", hint: "exactly" },
  { key: "tag", label: "Tag", hint: "exactly" },
];

/** Those that are seen on demand. */
export const moreFields: readonly ConditionField[] = [
  { key: "task", label: "Task", hint: "its words or id" },
  { key: "agentVersion", label: "Version", hint: "exactly" },
  { key: "error", label: "Error", hint: "its kind, exactly" },
  { key: "from", label: "Started from", hint: "", kind: "time" },
  { key: "to", label: "Started before", hint: "", kind: "time" },
  { key: "minReward", label: "Reward from", hint: "a number", kind: "number" },
  { key: "maxReward", label: "Reward to", hint: "a number", kind: "number" },
  { key: "minTokens", label: "Tokens from", hint: "a number", kind: "number" },
  { key: "maxTokens", label: "Tokens to", hint: "a number", kind: "number" },
  { key: "minLatency", label: "Latency from", hint: "ms", kind: "number" },
  { key: "maxLatency", label: "Latency to", hint: "ms", kind: "number" },
];

/** Those that need prices. */
export const costFields: readonly ConditionField[] = [
  { key: "minCost", label: "Cost from", hint: "dollars", kind: "number" },
  { key: "maxCost", label: "Cost to", hint: "dollars", kind: "number" },
];

const keys = ["status", ...[...mainFields, ...moreFields, ...costFields].map(({ key }) => key)];

/** The conditions of an address, without its other parts. */
export const conditionsOf = (parameters: URLSearchParams): TraceConditions =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = parameters.get(key);
      return value === null || value === "" ? [] : [[key, value]];
    }),
  );

/** An address of the page with the conditions of this one. */
export function withConditions(
  path: string,
  parameters: URLSearchParams,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({ ...conditionsOf(parameters), ...more }).toString();
  return query === "" ? path : `${path}?${query}`;
}

/** A word as a POSIX shell reads it. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const dashed = (key: string): string => key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** The options of a command that choose the traces of these conditions. */
export const optionsText = (conditions: TraceConditions, store: string | undefined): string =>
  [
    ...(store === undefined ? [] : [["store", store] as const]),
    ...Object.entries(conditions).map(
      ([key, value]) =>
        [
          dashed(key),
          key === "from" || key === "to" ? isoText(String(value)) : String(value),
        ] as const,
    ),
  ]
    .map(([name, value]) => ` --${name}${value.startsWith("-") ? "=" : " "}${shellWord(value)}`)
    .join("");

const isoText = (time: string): string =>
  Number.isFinite(Number(time)) ? new Date(Number(time)).toISOString() : time;
