/**
 * Walks a network byte by byte. A state is all places at which the walk may be, each with the rules that it is within; the
 * states that were reached are kept, with the steps between them, so that each step is worked out once.
 */
import type { Network } from "./network.ts";

/** The rules that a place is within: where the innermost goes on, and the rules around it. */
interface Frame {
  readonly id: number;
  readonly back: number;
  readonly around: Frame | undefined;
  readonly inner: Map<number, Frame>;
}

interface Place {
  readonly node: number;
  readonly frame: Frame | undefined;
}

/** Where a text may be in a form. */
export interface State {
  readonly places: readonly Place[];
  /** Whether the text is complete as it is. */
  readonly isComplete: boolean;
  /** The state behind each byte that was asked for: null where the byte cannot follow. */
  readonly next: (State | null | undefined)[];
  /** [V] 1 for tokens that can follow; made when it is first asked for. */
  allowed: Uint8Array | undefined;
}

/** States kept at most; then all are let go of, and those that texts come to again are worked out anew. */
const MAX_STATES = 20_000;

export class Machine {
  #start: State;
  readonly #network: Network;
  readonly #states = new Map<string, State>();
  readonly #outermost = new Map<number, Frame>();
  #frameCount = 0;

  constructor(network: Network) {
    this.#network = network;
    this.#start = this.#first();
  }

  /** The state before the first byte. */
  get start(): State {
    return this.#start;
  }

  #first(): State {
    return this.#stateOf([{ node: this.#network.start, frame: undefined }])!;
  }

  /** States hold those behind them, so that nothing may lead to the old ones but the texts that are at one. */
  #forget(): void {
    for (const state of this.#states.values()) state.next.length = 0;
    this.#states.clear();
    this.#outermost.clear();
    this.#start = this.#first();
  }

  /** The state behind a byte; null where it cannot follow. */
  step(state: State, byte: number): State | null {
    const known = state.next[byte];
    if (known !== undefined) return known;
    const places: Place[] = [];
    for (const { node, frame } of state.places) {
      for (const edge of this.#network.nodes[node]!.bytes) {
        if (edge.from <= byte && byte <= edge.to) places.push({ node: edge.target, frame });
      }
    }
    return (state.next[byte] = places.length === 0 ? null : this.#stateOf(places));
  }

  /** The state of some places and all that are reached from them without a byte; null where there is none. */
  #stateOf(begins: readonly Place[]): State | null {
    const places = new Map<string, Place>();
    const seen = new Set<string>();
    let isComplete = false;
    const open = [...begins];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const node = this.#network.nodes[place.node]!;
      const key = `${place.node}:${place.frame?.id ?? ""}`;
      if (!node.isAlive || seen.has(key)) continue;
      seen.add(key);
      const { frame } = place;
      if (node.bytes.length > 0) places.set(key, place);
      for (const target of node.free) open.push({ node: target, frame });
      for (const { start, back } of node.calls) {
        if (this.#network.nodes[back]!.isAlive)
          open.push({ node: start, frame: this.#within(back, frame) });
      }
      if (!node.isEnd) continue;
      if (frame === undefined) isComplete = true;
      else open.push({ node: frame.back, frame: frame.around });
    }
    if (places.size === 0 && !isComplete) return null;
    const name = `${isComplete}${[...places.keys()].toSorted().join()}`;
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    if (this.#states.size >= MAX_STATES) this.#forget();
    const state = { places: [...places.values()], isComplete, next: [], allowed: undefined };
    this.#states.set(name, state);
    return state;
  }

  /** Frames of one place within the same rules are one, so that states can be compared by their numbers. */
  #within(back: number, around: Frame | undefined): Frame | undefined {
    if (this.#isOver(back)) return around;
    const siblings = around?.inner ?? this.#outermost;
    const known = siblings.get(back);
    if (known !== undefined) return known;
    const frame = { id: this.#frameCount++, back, around, inner: new Map<number, Frame>() };
    siblings.set(back, frame);
    return frame;
  }

  /** Whether behind a node nothing comes but the end of its rule, so that the rule around need not be remembered. */
  #isOver(start: number): boolean {
    let node = this.#network.nodes[start]!;
    while (!node.isEnd) {
      if (node.bytes.length + node.calls.length > 0 || node.free.length !== 1) return false;
      node = this.#network.nodes[node.free[0]!]!;
    }
    return node.free.length === 0;
  }
}
