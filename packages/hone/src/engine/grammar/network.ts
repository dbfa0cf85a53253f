/**
 * A network of an expression: nodes, joined by bytes, by nothing, and by calls of rules. Nodes from which no text can be
 * completed are marked, so that code that follows the network never enters a dead end.
 *
 * @source Thompson 1968 for the construction; Woods 1970, recursive transition networks, for rules that hold themselves
 */
import { HoneError } from "../../core/errors.ts";
import type { Expression, Rule } from "./expression.ts";

/** A step on one of several bytes. */
export interface ByteEdge {
  readonly from: number;
  readonly to: number;
  readonly target: number;
}

/** A step through the whole of a rule. */
export interface CallEdge {
  /** Where the rule begins. */
  readonly start: number;
  /** Where the walk goes on behind it. */
  readonly back: number;
}

export interface Node {
  readonly bytes: ByteEdge[];
  readonly free: number[];
  readonly calls: CallEdge[];
  /** Whether a rule, or the whole text, is complete here. */
  isEnd: boolean;
  /** Whether a text can be completed from here. */
  isAlive: boolean;
}

export interface Network {
  readonly nodes: readonly Node[];
  readonly start: number;
}

/** A schema of a few thousand fields has some 100,000 nodes; what needs more was not meant. */
const MAX_NODES = 500_000;

/** @throws FORMAT_TOO_LARGE, FORMAT_ALLOWS_NOTHING */
export function networkOf(expression: Expression): Network {
  const builder = new Builder();
  const start = builder.rule({ body: expression });
  const { nodes } = builder;
  markAlive(nodes, builder.ends);
  if (!nodes[start]!.isAlive) throw new HoneError("FORMAT_ALLOWS_NOTHING", {});
  return { nodes, start };
}

class Builder {
  readonly nodes: Node[] = [];
  /** The end of each rule by its start. */
  readonly ends = new Map<number, number>();
  readonly #starts = new Map<Rule, number>();
  readonly #unbuilt: Rule[] = [];
  #isBuilding = false;

  /** The node at which a rule begins. */
  rule(rule: Rule): number {
    const known = this.#starts.get(rule);
    if (known !== undefined) return known;
    const start = this.#node();
    this.#starts.set(rule, start);
    this.#unbuilt.push(rule);
    if (!this.#isBuilding) this.#buildAll();
    return start;
  }

  /** One rule after another, so that rules within rules take no stack. */
  #buildAll(): void {
    this.#isBuilding = true;
    for (let rule = this.#unbuilt.pop(); rule !== undefined; rule = this.#unbuilt.pop()) {
      const start = this.#starts.get(rule)!;
      const end = this.#node();
      this.nodes[end]!.isEnd = true;
      this.ends.set(start, end);
      this.nodes[this.#add(rule.body, start)]!.free.push(end);
    }
  }

  #node(): number {
    if (this.nodes.length >= MAX_NODES)
      throw new HoneError("FORMAT_TOO_LARGE", { limit: `${MAX_NODES} states` });
    return this.nodes.push({ bytes: [], free: [], calls: [], isEnd: false, isAlive: false }) - 1;
  }

  /** Adds an expression behind a node. @returns the node at which it ends, from which anything may follow */
  #add(expression: Expression, from: number): number {
    switch (expression.kind) {
      case "byte": {
        const target = this.#node();
        this.nodes[from]!.bytes.push({ from: expression.from, to: expression.to, target });
        return target;
      }
      case "rule": {
        const back = this.#node();
        this.nodes[from]!.calls.push({ start: this.rule(expression.rule), back });
        return back;
      }
      case "sequence":
        return expression.parts.reduce((at, part) => this.#add(part, at), from);
      case "choice": {
        const end = this.#node();
        for (const option of expression.options) {
          this.nodes[this.#add(option, from)]!.free.push(end);
        }
        return end;
      }
      case "repeat":
        return this.#addRepeat(expression.part, expression, from);
    }
  }

  #addRepeat(part: Expression, { min, max }: { min: number; max: number }, from: number): number {
    let at = from;
    for (let count = 0; count < min; count++) at = this.#add(part, at);
    const end = this.#node();
    if (max === Infinity) {
      this.nodes[at]!.free.push(end);
      this.nodes[this.#add(part, end)]!.free.push(end);
      return end;
    }
    for (let count = min; count < max; count++) {
      this.nodes[at]!.free.push(end);
      at = this.#add(part, at);
    }
    this.nodes[at]!.free.push(end);
    return end;
  }
}

/** Marks the nodes from which the end of their rule is reached, through calls of rules that can end themselves. */
function markAlive(nodes: readonly Node[], ends: ReadonlyMap<number, number>): void {
  for (const end of ends.values()) nodes[end]!.isAlive = true;
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]!;
      if (node.isAlive) continue;
      node.isAlive =
        node.bytes.some(({ target }) => nodes[target]!.isAlive) ||
        node.free.some((target) => nodes[target]!.isAlive) ||
        node.calls.some(({ start, back }) => nodes[start]!.isAlive && nodes[back]!.isAlive);
      hasChanged ||= node.isAlive;
    }
  }
}
