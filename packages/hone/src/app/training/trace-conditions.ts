/** Which traces of a store a training reads, as `--where agent=planner,tag=nightly`. */
import type { JsonValue } from "../../core/json.ts";
import type { TraceFilter } from "../../core/trace-query.ts";

const names = ["agent", "agentVersion", "task", "session", "user", "tag", "text"] as const;

/** One condition: a name of `names`, or of the metadata with `meta.` in front, and its value. */
export const conditionText = new RegExp(`^(?:${names.join("|")}|meta\\.[^=]+)=.+$`, "s");

export const conditionError = `expected name=value, the name one of ${names.join(", ")}, or meta.<name>`;

export const repeatedError = "expected each name once, since all conditions must hold";

const nameOf = (condition: string): string => condition.slice(0, condition.indexOf("="));

/** Whether no two conditions are about the same. */
export const haveOwnNames = (conditions: readonly string[]): boolean =>
  new Set(conditions.map(nameOf)).size === conditions.length;

/** The filter that conditions of the form `conditionText` give, each of a name of its own; all of them must hold. */
export function traceFilterOf(conditions: readonly string[] = []): TraceFilter {
  const pairs = conditions.map((text) => {
    const name = nameOf(text);
    return [name, text.slice(name.length + 1)] as const;
  });
  const metadata: Readonly<Record<string, JsonValue>> = Object.fromEntries(
    pairs.flatMap(([name, value]) =>
      name.startsWith("meta.") ? [[name.slice("meta.".length), value]] : [],
    ),
  );
  const own = pairs.filter(([name]) => !name.startsWith("meta."));
  return {
    ...Object.fromEntries(own),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}
