/** Errors of tokenizers, chat templates and prompts. */
export const textErrors = {
  TOKENIZER_MISSING: (f: { folder: string }) => ({
    what: `${f.folder} has no tokenizer.json.`,
    fix: "Copy tokenizer.json from the model's page, or save the tokenizer there with transformers' save_pretrained.",
  }),
  TOKENIZER_INVALID: (f: { file: string; problem: string }) => ({
    what: `${f.file} cannot be used: ${f.problem}.`,
    fix: "Download the file again, or save the tokenizer anew with transformers' save_pretrained.",
  }),
  TOKEN_UNKNOWN: (f: { id: number; vocabularySize: number }) => ({
    what: `Token id ${f.id} is not in the vocabulary of ${f.vocabularySize} tokens.`,
    fix: "Check that the tokens come from this model's tokenizer, and that padding ids are never sampled.",
  }),
  TEXT_NOT_ENCODABLE: (f: { piece: string }) => ({
    what: `The tokenizer has no token for ${JSON.stringify(f.piece)} and none for unknown text.`,
    fix: "Use a tokenizer with all 256 bytes or an unknown token in its vocabulary, or leave this text out.",
  }),
} as const;
