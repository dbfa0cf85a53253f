/** What jinja2 finds when it compiles a template: names of filters and tests that do not exist. */
import { TemplateFault } from "./faults.ts";
import { filters } from "./filters.ts";
import type { Statement } from "./nodes.ts";
import { tests } from "./tests.ts";

/** Whether there is a filter of the name. */
export const hasFilter = (name: string): boolean => Object.hasOwn(filters, name);

/** Whether there is a test of the name. */
export const hasTest = (name: string): boolean =>
  name === "filter" || name === "test" || Object.hasOwn(tests, name);

/** Bodies that are checked again inside an `if`, as jinja2 does: it lets only what stands directly in one be unknown. */
const BODIES = ["for", "macro", "callBlock", "setBlock", "filterBlock", "with", "scope"];

/** @throws TemplateFault for a filter or test that does not exist, unless it stands where an `if` may not come to */
export function checkNames(statements: readonly Statement[]): void {
  walk(statements, false);
}

function walk(node: unknown, isGuarded: boolean): void {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) walk(item, isGuarded);
    return;
  }
  const { kind, name } = node as { kind?: string; name?: string };
  if (!isGuarded && kind === "filter" && !hasFilter(name!))
    throw new TemplateFault(`No filter named '${name}'`);
  if (!isGuarded && kind === "test" && !hasTest(name!))
    throw new TemplateFault(`No test named '${name}'`);
  const guards =
    kind === "if" || kind === "condition" || (isGuarded && !BODIES.includes(kind ?? ""));
  for (const part of Object.values(node)) walk(part, guards);
}

/** Whether a name is read anywhere in a tree. */
export function isNamed(name: string, node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node)) return node.some((item) => isNamed(name, item));
  const own = node as { kind?: string; name?: string };
  return (
    (own.kind === "name" && own.name === name) ||
    Object.values(node).some((part) => isNamed(name, part))
  );
}
