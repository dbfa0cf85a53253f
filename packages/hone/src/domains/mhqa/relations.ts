/** The relations that facts of a world are of, with every way in which documents and questions say them. */

/** What a name stands for. */
export type NameKind = "person" | "work" | "place" | "country";

/** One relation. In its texts S stands for the subject and O for the object of a fact. */
export interface Relation {
  readonly subject: NameKind;
  readonly object: NameKind;
  /** The words that a search for it adds to the name of the subject, the usual one first: some document says one of them. */
  readonly words: readonly string[];
  /** The object by its subject, inside of a question. */
  readonly phrase: string;
  /** How a question asks for the object. */
  readonly questions: readonly string[];
  /** How a document states a fact. */
  readonly sentences: readonly string[];
}

export const relations = {
  author: {
    subject: "work",
    object: "person",
    words: ["author", "wrote"],
    phrase: "the author of S",
    questions: ["Who is the author of S?", "Who wrote S?"],
    sentences: ["The author of S is O.", "O is the author of S.", "O wrote S."],
  },
  setting: {
    subject: "work",
    object: "place",
    words: ["setting", "place"],
    phrase: "the setting of S",
    questions: ["What is the setting of S?", "Where is S set?"],
    sentences: ["The setting of S is O.", "S is set in O.", "S takes place in O."],
  },
  teacher: {
    subject: "person",
    object: "person",
    words: ["teacher", "taught"],
    phrase: "the teacher of S",
    questions: ["Who is the teacher of S?", "Who taught S?"],
    sentences: ["The teacher of S is O.", "O is the teacher of S.", "O taught S."],
  },
  birthplace: {
    subject: "person",
    object: "place",
    words: ["birthplace", "born"],
    phrase: "the birthplace of S",
    questions: ["What is the birthplace of S?", "Where was S born?"],
    sentences: ["The birthplace of S is O.", "O is the birthplace of S.", "S was born in O."],
  },
  country: {
    subject: "place",
    object: "country",
    words: ["country", "lies"],
    phrase: "the country of S",
    questions: ["What is the country of S?", "In which country is S?"],
    sentences: ["The country of S is O.", "O is the country of S.", "S lies in O."],
  },
} as const satisfies Readonly<Record<string, Relation>>;

/** The name of a relation. */
export type RelationName = keyof typeof relations;

export const relationNames = Object.keys(relations) as readonly RelationName[];

/** The relations that a name of this kind is the subject of. */
export const relationsOf = (kind: NameKind): readonly RelationName[] =>
  relationNames.filter((name) => relations[name].subject === kind);

/** A text of a relation with the names in the places of S and O. */
export const filled = (template: string, subject: string, object = ""): string =>
  template.replace(/\b[SO]\b/g, (letter) => (letter === "S" ? subject : object));

/** A text of a relation as an expression whose groups S and O are what stands in their places. */
export const pattern = (template: string, subject: string): RegExp =>
  new RegExp(
    `^${template
      .replace(/[?.]/g, "\\$&")
      .replace(/\bS\b/, `(?<S>${subject})`)
      .replace(/\bO\b/, "(?<O>\\w+)")}$`,
  );
