/** Documents that an agent searches and reads: those of a world, or the texts of a folder. */
import { type FullTextIndex, openFullTextIndex } from "../../data/full-text-index.ts";
import { passagesOf, readCorpusFolder } from "./corpus-folder.ts";
import { libraryDocuments } from "./library.ts";
import { makeWorld } from "./world.ts";

/** A document. */
export interface CorpusDocument {
  /** Names the document in its corpus. */
  readonly title: string;
  /** What it says. */
  readonly text: string;
}

/** Where the documents of a task are: in the world of a number, in a folder of text files, in a text, or else in the sample library. */
export interface CorpusSource {
  /** The number of the world. */
  readonly world?: number;
  /** The folder with the texts. */
  readonly corpus?: string;
  /** A text, whose passages are the documents. */
  readonly text?: string;
}

/** Documents with an index of their words. */
export interface Corpus {
  /** The titles of the best documents for some words, best first. */
  search(words: string): readonly string[];
  /** The text of a title; undefined where there is none. */
  read(title: string): string | undefined;
}

/** Corpora that are open. */
export interface Corpora {
  /** The corpus of a source, opened where it is not open. @throws CORPUS_UNREADABLE for a folder without texts */
  open(source: CorpusSource): Corpus;
  /** Closes all. They may be opened again. */
  close(): void;
}

/** What a search says that finds nothing. */
export const NOTHING = "nothing found";

/** How many documents a search shows. */
const shownResults = 4;

/** How many corpora stay open. */
const maxOpen = 64;

/** Corpora that are shared by the episodes of one domain. */
export function openCorpora(): Corpora {
  const opened = new Map<string, FullTextIndex>();
  const indexOf = (source: CorpusSource): FullTextIndex => {
    const key = JSON.stringify([source.world, source.corpus, source.text]);
    const index = opened.get(key) ?? indexed(documentsOf(source));
    // Taken out and put back, so that the first one of the map is the one whose last use is longest ago.
    opened.delete(key);
    opened.set(key, index);
    if (opened.size > maxOpen) forget(opened.keys().next().value!);
    return index;
  };
  const forget = (key: string): void => {
    opened.get(key)?.close();
    opened.delete(key);
  };
  return {
    // The index is looked up at each use, since another corpus may have taken its place in the meantime.
    open: (source) => ({
      search: (words) =>
        indexOf(source)
          .search(words, { limit: shownResults })
          .map(({ id }) => id),
      read: (title) => indexOf(source).get(title)?.fields["text"],
    }),
    close: () => [...opened.keys()].forEach(forget),
  };
}

function documentsOf({ world, corpus, text }: CorpusSource): readonly CorpusDocument[] {
  if (world !== undefined) return makeWorld(world).documents;
  if (corpus !== undefined) return readCorpusFolder(corpus);
  return text === undefined ? libraryDocuments : passagesOf("text", text);
}

function indexed(documents: readonly CorpusDocument[]): FullTextIndex {
  const index = openFullTextIndex({ fields: { title: 1, text: 1 } });
  index.add(documents.map(({ title, text }) => ({ id: title, fields: { title, text } })));
  return index;
}
