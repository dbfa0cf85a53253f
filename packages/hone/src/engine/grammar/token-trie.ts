/**
 * All tokens of a vocabulary as a tree of bytes, in which tokens that begin alike share their beginning: what can follow in a
 * state is found in one walk that leaves out every branch whose first byte cannot follow.
 */
import type { Machine, State } from "./machine.ts";

/** Bytes of masks kept by states; beyond it all are dropped and made again when they are needed. */
const MAX_MASK_BYTES = 2 ** 26;

export class TokenTrie {
  readonly vocabularySize: number;
  /** The bytes of each token; undefined for those that are no text. */
  readonly tokens: readonly (Uint8Array | undefined)[];
  /** By node, in the order of a walk: its byte, its depth from 1, and how many nodes its branch has with itself. */
  readonly #bytes: Uint8Array;
  readonly #depths: Uint16Array;
  readonly #sizes: Uint32Array;
  /** The tokens of node i are those from #firsts[i] to #firsts[i + 1] in #ids. */
  readonly #firsts: Uint32Array;
  readonly #ids: Uint32Array;
  readonly #depth: number;
  readonly #masked: State[] = [];

  /** @param tokens by id; those without bytes are never allowed */
  constructor(tokens: readonly (Uint8Array | undefined)[]) {
    this.tokens = tokens;
    this.vocabularySize = tokens.length;
    const nodes = nodesOf(tokens);
    this.#bytes = Uint8Array.from(nodes, ({ byte }) => byte);
    this.#depths = Uint16Array.from(nodes, ({ depth }) => depth);
    this.#sizes = Uint32Array.from(nodes, ({ size }) => size);
    this.#depth = nodes.reduce((most, { depth }) => Math.max(most, depth), 0);
    this.#ids = Uint32Array.from(nodes.flatMap(({ ids }) => ids));
    this.#firsts = new Uint32Array(nodes.length + 1);
    nodes.forEach(({ ids }, i) => (this.#firsts[i + 1] = this.#firsts[i]! + ids.length));
  }

  /** [V] 1 for the tokens that can follow in a state. Not to be changed. */
  allowed(machine: Machine, state: State): Uint8Array {
    if (state.allowed !== undefined) return state.allowed;
    if ((this.#masked.length + 1) * this.vocabularySize > MAX_MASK_BYTES) {
      for (const masked of this.#masked) masked.allowed = undefined;
      this.#masked.length = 0;
    }
    this.#masked.push(state);
    return (state.allowed = this.#walk(machine, state));
  }

  #walk(machine: Machine, start: State): Uint8Array {
    const allowed = new Uint8Array(this.vocabularySize);
    const states: State[] = Array.from({ length: this.#depth + 1 });
    states[0] = start;
    for (let node = 0; node < this.#bytes.length;) {
      const depth = this.#depths[node]!;
      const state = machine.step(states[depth - 1]!, this.#bytes[node]!);
      if (state === null) {
        node += this.#sizes[node]!;
        continue;
      }
      states[depth] = state;
      const end = this.#firsts[node + 1]!;
      for (let at = this.#firsts[node]!; at < end; at++) allowed[this.#ids[at]!] = 1;
      node++;
    }
    return allowed;
  }

  /** The state behind a token; null where it cannot follow. */
  after(machine: Machine, state: State, token: number): State | null {
    const bytes = this.tokens[token];
    if (bytes === undefined || bytes.length === 0) return null;
    let at: State | null = state;
    for (const byte of bytes) {
      at = machine.step(at, byte);
      if (at === null) return null;
    }
    return at;
  }
}

interface TrieNode {
  readonly byte: number;
  readonly depth: number;
  /** Tokens that end here. */
  readonly ids: number[];
  size: number;
}

/** The nodes in the order of a walk: a node before those below it. */
function nodesOf(tokens: readonly (Uint8Array | undefined)[]): readonly TrieNode[] {
  const sorted = tokens
    .flatMap((bytes, id) =>
      bytes === undefined || bytes.length === 0
        ? []
        : [{ id, text: Buffer.from(bytes).toString("latin1") }],
    )
    .toSorted((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)));
  const nodes: TrieNode[] = [];
  const open: { readonly node: TrieNode; readonly place: number }[] = [];
  const close = (depth: number): void => {
    while (open.length > depth) {
      const { node, place } = open.pop()!;
      node.size = nodes.length - place;
    }
  };
  let previous = "";
  for (const { id, text } of sorted) {
    let shared = 0;
    while (shared < previous.length && previous[shared] === text[shared]) shared++;
    close(shared);
    for (let depth = shared + 1; depth <= text.length; depth++) {
      const node = { byte: text.charCodeAt(depth - 1), depth, ids: [], size: 0 };
      open.push({ node, place: nodes.length });
      nodes.push(node);
    }
    open.at(-1)!.node.ids.push(id);
    previous = text;
  }
  close(0);
  return nodes;
}
