/** Errors of tokenizers, chat templates and prompts. */
export const textErrors = {
  TOKENIZER_MISSING: (f: { folder: string }) => ({
    what: `${f.folder} has no tokenizer.json.`,
    fix: "Copy tokenizer.json from the model's page, or save the tokenizer there with transformers' save_pretrained.",
  }),
} as const;
