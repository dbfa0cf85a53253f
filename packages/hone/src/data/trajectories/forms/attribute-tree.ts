/** Nested values as flat attributes, `gen_ai.prompt.0.role`, and back. */
import { isObject, type JsonObject, type JsonValue } from "../../../core/json.ts";

/** Flat attributes under a prefix. */
export type FlatAttributes = Readonly<Record<string, JsonValue>>;

/** The leaves of a value under their paths. */
export function flatAttributes(prefix: string, value: unknown): FlatAttributes {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object") return { [prefix]: value as JsonValue };
  const parts = Object.entries(value).map(([key, one]) => flatAttributes(`${prefix}.${key}`, one));
  return Object.assign({}, ...parts) as FlatAttributes;
}

interface TreeNode {
  leaf?: JsonValue;
  readonly children: Map<string, TreeNode>;
}

/** The objects of the list that stands under a prefix, in the order of its numbers; none where there is no list. */
export function attributeList(attributes: FlatAttributes, prefix: string): readonly JsonObject[] {
  const root: TreeNode = { children: new Map() };
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith(`${prefix}.`)) place(root, key.slice(prefix.length + 1).split("."), value);
  const list: readonly unknown[] = listOf(root);
  return list.filter(isObject);
}

function place(root: TreeNode, path: readonly string[], value: JsonValue): void {
  let node = root;
  for (const name of path) {
    const next = node.children.get(name) ?? { children: new Map<string, TreeNode>() };
    node.children.set(name, next);
    node = next;
  }
  node.leaf = value;
}

function valueOf({ leaf, children }: TreeNode): JsonValue {
  if (leaf !== undefined) return leaf;
  const names = [...children.keys()];
  if (names.every((name) => /^\d+$/.test(name))) return listOf({ children });
  return Object.fromEntries([...children].map(([name, node]) => [name, valueOf(node)]));
}

const listOf = ({ children }: TreeNode): JsonValue[] =>
  [...children]
    .filter(([name]) => /^\d+$/.test(name))
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([, node]) => valueOf(node));
