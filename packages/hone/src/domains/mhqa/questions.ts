/** Questions of several hops: a name, and relations that lead from it, fact by fact, to the answer. */
import type { Random } from "../../core/random.ts";
import {
  filled,
  pattern,
  type RelationName,
  relationNames,
  relations,
  relationsOf,
} from "./relations.ts";
import { type Fact, namePool, type World } from "./world.ts";

/** What a question asks: the object of the last relation, counted from the start. */
export interface Chain {
  /** The name that the first hop starts from. */
  readonly start: string;
  /** The relation of each hop, the first hop first. */
  readonly relations: readonly RelationName[];
}

/** A question in words; `form` decides which of the wordings of its last relation. */
export function questionText({ start, relations: hops }: Chain, form: number): string {
  const inner = hops.slice(0, -1).reduce((name, hop) => filled(relations[hop].phrase, name), start);
  const forms = relations[hops.at(-1)!].questions;
  return filled(forms[form % forms.length]!, inner);
}

/** What a question asks; undefined for words that are no question of these relations. @example parseQuestion("Who wrote Ember?"); */
export function parseQuestion(text: string): Chain | undefined {
  for (const name of relationNames) {
    for (const form of relations[name].questions) {
      const inner = pattern(form, ".+").exec(text.trim().replace(/\??$/, "?"))?.groups?.["S"];
      const chain = inner === undefined ? undefined : parsePhrase(inner);
      if (chain) return { ...chain, relations: [...chain.relations, name] };
    }
  }
  return undefined;
}

/** The most hops of a question that is read. */
const maxHops = 8;

function parsePhrase(text: string, depth = 0): Chain | undefined {
  if (/^\w+$/.test(text)) return { start: text, relations: [] };
  if (depth === maxHops) return undefined;
  for (const name of relationNames) {
    const inner = pattern(relations[name].phrase, ".+").exec(text)?.groups?.["S"];
    const chain = inner === undefined ? undefined : parsePhrase(inner, depth + 1);
    if (chain) return { ...chain, relations: [...chain.relations, name] };
  }
  return undefined;
}

/** The facts that lead from the start of a chain to its answer; undefined where the world does not have one of them. */
export function factsOfChain({ facts }: World, chain: Chain): readonly Fact[] | undefined {
  const found: Fact[] = [];
  let name = chain.start;
  for (const relation of chain.relations) {
    const fact = facts.find((one) => one.relation === relation && one.subject === name);
    if (!fact) return undefined;
    found.push(fact);
    name = fact.object;
  }
  return found;
}

/** A chain of so many hops in a world, drawn at random, on which no name comes twice. */
export function drawChain(world: World, hops: number, random: Random): Chain {
  const { person, work, place } = world.names;
  for (;;) {
    let name = random.pick([...person, ...work, ...place]);
    const [start, chosen] = [name, [] as RelationName[]];
    const seen = new Set([name]);
    while (chosen.length < hops) {
      const next = relationsOf(kindOf(name)!);
      if (next.length === 0) break;
      const relation = random.pick(next);
      name = factsOfChain(world, { start: name, relations: [relation] })![0]!.object;
      if (seen.has(name)) break;
      seen.add(name);
      chosen.push(relation);
    }
    if (chosen.length === hops) return { start, relations: chosen };
  }
}

const kinds = Object.keys(namePool) as readonly (keyof typeof namePool)[];

const kindOf = (name: string) => kinds.find((kind) => namePool[kind].includes(name));
