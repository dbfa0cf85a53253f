/** A small library about writers, which questions in other words than those of a world are asked about. */
import type { CorpusDocument } from "./corpus.ts";

/** Texts by their titles. */
const texts: Readonly<Record<string, string>> = {
  "The Hobbit":
    "The Hobbit is a children's fantasy novel that J. R. R. Tolkien wrote. It was published in 1937. Its hero is Bilbo Baggins.",
  "The Lord of the Rings":
    "The Lord of the Rings is a fantasy novel by J. R. R. Tolkien in three volumes, published in 1954 and 1955. It continues The Hobbit.",
  "J. R. R. Tolkien":
    "J. R. R. Tolkien was an English writer and scholar, born in Bloemfontein in 1892. His works are The Hobbit, The Lord of the Rings and The Silmarillion. He taught at Oxford.",
  "The Silmarillion":
    "The Silmarillion is a collection of myths by J. R. R. Tolkien. His son Christopher Tolkien published it in 1977.",
  Bloemfontein:
    "Bloemfontein is a city in South Africa. It is the capital of the province Free State.",
  Oxford: "Oxford is a city in England, known for its university.",
  Frankenstein:
    "Frankenstein is a novel by Mary Shelley, published in 1818. She began to write it near Lake Geneva.",
  "Mary Shelley":
    "Mary Shelley was an English novelist, born in London in 1797. Her mother was Mary Wollstonecraft. She wrote Frankenstein and The Last Man.",
  "Mary Wollstonecraft":
    "Mary Wollstonecraft was an English writer, born in London in 1759. She wrote A Vindication of the Rights of Woman.",
  "Pride and Prejudice": "Pride and Prejudice is a novel by Jane Austen, published in 1813.",
  "Jane Austen":
    "Jane Austen was an English novelist, born in Steventon in 1775. Her works are Pride and Prejudice, Emma and Persuasion.",
  Steventon: "Steventon is a village in Hampshire in the south of England.",
  "Crime and Punishment":
    "Crime and Punishment is a novel by Fyodor Dostoevsky, published in 1866. It is set in Saint Petersburg.",
  "Fyodor Dostoevsky":
    "Fyodor Dostoevsky was a Russian novelist, born in Moscow in 1821. His works are Crime and Punishment, The Idiot and The Brothers Karamazov.",
};

/** The documents of the library. */
export const libraryDocuments: readonly CorpusDocument[] = Object.entries(texts).map(
  ([title, text]) => ({ title, text }),
);
