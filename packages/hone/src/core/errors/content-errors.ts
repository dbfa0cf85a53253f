/** Errors of documents, and of the pages of a site. */
import type { OptionNaming } from "../option-naming.ts";

export const contentErrors = {
  CONTENT_UNREADABLE: (f: { path: string; reason: string }) => ({
    what: `${f.path} cannot be read (${f.reason}).`,
    fix: "Give folders of Markdown documents (.md, .mdx) that can be read; nothing was written.",
  }),
  IMAGES_UNREADABLE: (f: { file: string; reason: string }) => ({
    what: `The images of ${f.file} cannot be read (${f.reason}).`,
    fix: "Give the file that `npx hone extract <folders> --output training_data.json` wrote.",
  }),
  CONTENT_NAMES_ALIKE: (f: { folders: readonly string[] }) => ({
    what: `${f.folders.join(" and ")} have the same name, by which their documents and images would be confused.`,
    fix: "Give each folder once, and folders of different names: rename one, or give a folder that has both in it.",
  }),
  CONTENT_EMPTY: (f: { folders: readonly string[] }, option: OptionNaming) => ({
    what: `There is no document to read in ${f.folders.join(", ")}.`,
    fix: `Give folders with Markdown files (.md, .mdx). In a folder of ${option("storagePath")} README.md and files at the root are left out; ${option("docsPath")} reads them, too.`,
  }),
  QUESTIONS_TOO_FEW: (f: { folders: readonly string[]; documents: number }) => ({
    what: `The ${f.documents} documents of ${f.folders.join(", ")} do not answer questions to learn from and others to be measured by.`,
    fix: "Give folders with at least two documents whose sections have headings and text; a fifth of the documents is held out.",
  }),
  CRAWL_ADDRESS_INVALID: (f: { address: string }) => ({
    what: `${f.address} is no address of a page.`,
    fix: "Give one that begins with http:// or https://, without a user and a password.",
  }),
  CRAWL_FAILED: (f: { address: string; reason: string }) => ({
    what: `The first page, ${f.address}, was not read: ${f.reason}.`,
    fix: "Give the address of a page of HTML or Markdown that the site's robots.txt allows; nothing was written.",
  }),
} as const;
