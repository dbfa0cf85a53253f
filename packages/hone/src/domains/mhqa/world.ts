/**
 * Worlds: a few people, works, places and countries with facts about them, and the documents that state these facts. Each world is
 * a function of its number. The same names come back in other worlds with other facts, so that nothing about them can be learned by heart.
 */
import { Random } from "../../core/random.ts";
import type { CorpusDocument } from "./corpus.ts";
import { filled, type NameKind, type RelationName, relationNames, relations } from "./relations.ts";

/** A statement about two names. */
export interface Fact {
  /** How the two are related. */
  readonly relation: RelationName;
  /** The name that the statement is about. */
  readonly subject: string;
  /** The other name. */
  readonly object: string;
  /** The title of the only document that states it. */
  readonly document: string;
}

/** A world. */
export interface World {
  /** The names of each kind. */
  readonly names: Readonly<Record<NameKind, readonly string[]>>;
  /** Each subject has one object in each of its relations. */
  readonly facts: readonly Fact[];
  /** One for each name, which is its title. */
  readonly documents: readonly CorpusDocument[];
}

/** All names that worlds are made of, each a word of its own. */
export const namePool: Readonly<Record<NameKind, readonly string[]>> = {
  person:
    "Ada Boris Clara Dmitri Elena Felix Greta Hugo Irene Jonas Katya Lars Mira Nils Olga Pavel Rosa Sven Tessa Ursula Viktor Wanda Xavier Yara".split(
      " ",
    ),
  work: "Anchor Beacon Canyon Dagger Ember Frost Glacier Harvest Ivory Jasmine Kingdom Lantern Mirror Nightfall Orchard Prism Quarry Raven Solstice Tempest Umbrella Velvet Willow Zenith".split(
    " ",
  ),
  place:
    "Arvik Brindle Corvo Delmar Estrel Fennick Galdor Harrow Ilmen Jorvik Kelso Lomond Marsk Norvale Ostren Pellin".split(
      " ",
    ),
  country: "Alvania Borland Caledon Drovia Elmark Farland Gothia Helvia".split(" "),
};

/** How many names of each kind a world has. */
const sizes: Readonly<Record<NameKind, number>> = { person: 6, work: 6, place: 5, country: 3 };

/** The world of a number. @example makeWorld(8).documents[0]; */
export function makeWorld(number: number): World {
  const random = new Random("mhqa world", number);
  const some = (kind: NameKind): readonly string[] =>
    random.shuffle(namePool[kind]).slice(0, sizes[kind]);
  const names = {
    person: some("person"),
    work: some("work"),
    place: some("place"),
    country: some("country"),
  };
  const facts = relationNames.flatMap((relation) => factsOf(relation, names, random));
  return { names, facts, documents: documentsOf(names, facts, random) };
}

/** A fact for each subject. It stands in the document of its subject, or, for one in three, in that of its object. */
function factsOf(relation: RelationName, names: World["names"], random: Random): readonly Fact[] {
  const { subject, object } = relations[relation];
  return names[subject].map((name): Fact => {
    const other = random.pick(names[object].filter((one) => one !== name));
    const document = random.integer(1, 3) === 1 ? other : name;
    return { relation, subject: name, object: other, document };
  });
}

/** Sentences that state nothing that is asked for. */
const fillers: Readonly<Record<NameKind, readonly string[]>> = {
  person: ["S liked long walks.", "S had two children.", "S was known for patience."],
  work: ["S appeared in three parts.", "S was a success.", "S is seldom read today."],
  place: ["S has an old harbour.", "S is known for its market.", "S has a tower."],
  country: ["S has many rivers.", "S is known for its forests.", "S has cold winters."],
};

/** One document for each name, with all facts that stand in it and one sentence more, in random order. */
function documentsOf(
  names: World["names"],
  facts: readonly Fact[],
  random: Random,
): readonly CorpusDocument[] {
  const kinds = Object.keys(names) as readonly NameKind[];
  const documents = kinds.flatMap((kind) =>
    names[kind].map((title) => {
      const own = facts.filter(({ document }) => document === title);
      const stated = own.map(({ relation, subject, object }) =>
        filled(random.pick(relations[relation].sentences), subject, object),
      );
      const filler = filled(random.pick(fillers[kind]), title);
      return { title, text: random.shuffle([...stated, filler]).join(" ") };
    }),
  );
  return random.shuffle(documents);
}
