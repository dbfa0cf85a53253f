/** A small model from a seed, with a tokenizer trained on a user's files or on a domain's own text. */
import { readFile } from "node:fs/promises";
import { HoneError, messageOf } from "../../core/errors.ts";
import {
  type NewModel,
  newModel,
  type NewModelOptions,
} from "../../engine/model-files/new-model.ts";
import { domainTexts } from "../training/sources/domain-texts.ts";

/** How a new model is made, and what its tokenizer is trained on. */
export interface MakeModelOptions extends Omit<NewModelOptions, "texts"> {
  /** Text files for the tokenizer. Default: the domain's own text. */
  readonly files?: readonly string[] | undefined;
  /** The domain whose text the tokenizer is trained on when there are no files. */
  readonly domain: string;
}

/**
 * Makes a small model as an ordinary Hugging Face folder; the same options and texts give the same bytes.
 * @throws OPTION_INVALID for a file that cannot be read; as `newModel`
 */
export async function makeModel({
  files,
  domain,
  ...options
}: MakeModelOptions): Promise<NewModel> {
  const texts = files === undefined ? await domainTexts(domain) : await readTexts(files);
  return newModel({ ...options, texts });
}

async function readTexts(paths: readonly string[]): Promise<string[]> {
  return Promise.all(
    paths.map((path) =>
      readFile(path, "utf8").catch((cause: unknown) => {
        const got = `${path} (${messageOf(cause)})`;
        const facts = {
          where: "model new",
          option: "--text",
          got,
          expected: "a readable text file",
        };
        throw new HoneError("OPTION_INVALID", facts, { cause });
      }),
    ),
  );
}
