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
  CHAT_TEMPLATE_MISSING: (f: { folder: string }) => ({
    what: `${f.folder} has no chat template, so it is not known how the model reads a conversation.`,
    fix: "Use the instruct variant of the model, or put a chat_template.jinja into the folder.",
  }),
  CHAT_TEMPLATE_INVALID: (f: { where: string; problem: string }) => ({
    what: `${f.where} cannot be read as a Jinja chat template: ${f.problem}.`,
    fix: "Correct the template, or replace it by the one on the model's page.",
  }),
  CHAT_TEMPLATE_FAILED: (f: { where: string; problem: string }) => ({
    what: `${f.where} refused the conversation: ${f.problem}.`,
    fix: "Check the order of roles; some templates take no system message, no tools, or only alternating turns.",
  }),
  CHAT_TEMPLATE_LACKS: (f: { where: string; feature: string }) => ({
    what: `${f.where} does not write ${f.feature}, so the model would never see it.`,
    fix: "Leave it out of the messages, put it into their content, or use a template that knows it.",
  }),
  CHAT_TEMPLATE_NOT_LINEAR: (f: { where: string; turn: number; problem: string }) => ({
    what: `${f.where} does not let the tokens of message ${f.turn} be told apart: ${f.problem}.`,
    fix: "Use a template that writes a turn the same whether or not others follow it.",
  }),
  TOKEN_OUT_OF_RANGE: (f: {
    where: string;
    position: number;
    id: number;
    vocabularySize: number;
  }) => ({
    what: `${f.where}: token ${f.id} at position ${f.position} is outside the model's vocabulary of ${f.vocabularySize}.`,
    fix: "Encode the text with this model's own tokenizer.",
  }),
} as const;
