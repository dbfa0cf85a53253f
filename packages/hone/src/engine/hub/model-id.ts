/** Names of models on the hub: `organisation/name`, optionally `@revision`. */

export interface ModelId {
  /** `organisation/name` */
  readonly id: string;
  /** A branch, a tag, a pull request's ref or a commit. */
  readonly revision: string;
}

/**
 * The parts of a model's name, or undefined when it is none. What passes is safe as a part of a path and of a URL.
 * @example parseModelId("Qwen/Qwen3-0.6B@main"); // { id: "Qwen/Qwen3-0.6B", revision: "main" }
 */
export function parseModelId(text: string): ModelId | undefined {
  const match = /^([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/.exec(text);
  if (!match) return undefined;
  const [, id, revision = "main"] = match;
  // The hub itself forbids "--" and ".." in names: the cache writes "/" as "--".
  if (/--|\.\.|(^|\/)[.-]|[.-](\/|$)/.test(id!)) return undefined;
  if (revision.split("/").some((part) => part === "" || part === "." || part === ".."))
    return undefined;
  return { id: id!, revision };
}

/** True for a full commit id, which never changes its meaning. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
