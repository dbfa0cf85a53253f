/** Errors of tokenizers, chat templates and prompts. */
import type { OptionNaming } from "../option-naming.ts";

export const textErrors = {
  MESSAGES_INVALID: (f: { where: string; part: string; got: string; expected: string }) => ({
    what: `${f.where} got ${f.part} = ${f.got}; it must be ${f.expected}.`,
    fix: 'Give a list of messages, such as [{ role: "user", content: "…" }].',
  }),
  TOKENIZER_MISSING: (f: { folder: string }) => ({
    what: `${f.folder} has no tokenizer.json.`,
    fix: "Copy tokenizer.json from the model's page, or save the tokenizer there with transformers' save_pretrained.",
  }),
  TOKENIZER_INVALID: (f: { file: string; problem: string }) => ({
    what: `${f.file} cannot be used: ${f.problem}.`,
    fix: "Fetch the file again from the model's page. If it is the same there, hone cannot read this tokenizer: save it with a newer transformers (save_pretrained), or use another model.",
  }),
  TOKEN_UNKNOWN: (f: { id: number; vocabularySize: number }) => ({
    what: `Token id ${f.id} is not in the vocabulary of ${f.vocabularySize} tokens.`,
    fix: "Check that the tokens come from this model's tokenizer, and that padding ids are never sampled.",
  }),
  TEXT_NOT_ENCODABLE: (f: { piece: string }) => ({
    what: `The tokenizer has no token for ${JSON.stringify(f.piece)} and none for unknown text.`,
    fix: "Leave this text out, or use a model whose tokenizer knows every byte or has a token for unknown text.",
  }),
  CHAT_TEMPLATE_MISSING: (f: { folder: string }) => ({
    what: `${f.folder} has no chat template, which says how the model reads a conversation.`,
    fix: "Use the instruct variant of the model, or put a chat_template.jinja into the folder.",
  }),
  CHAT_TEMPLATE_AMBIGUOUS: (f: { folder: string; names: string }) => ({
    what: `${f.folder} has several chat templates (${f.names}), and none is named "default".`,
    fix: "Put the one that is meant into the folder as chat_template.jinja, or name it default.",
  }),
  CHAT_TEMPLATE_INVALID: (f: { where: string; problem: string }) => ({
    what: `${f.where} cannot be read as a Jinja chat template: ${f.problem}.`,
    fix: "Correct the template, or replace it by the one on the model's page.",
  }),
  CHAT_TEMPLATE_REFUSED: (f: { where: string; problem: string }) => ({
    what: `${f.where} refuses the conversation: ${f.problem}.`,
    fix: "Change the messages as the template asks; some templates take no system message, no tools, or only turns that alternate.",
  }),
  CHAT_TEMPLATE_FAILED: (f: { where: string; problem: string }) => ({
    what: `${f.where} could not write the conversation: ${f.problem}.`,
    fix: "Compare the template with the one on the model's page. If it is the same and transformers can render the conversation, please report this.",
  }),
  CHAT_TEMPLATE_ENDLESS: (f: { where: string; problem: string }) => ({
    what: `${f.where} does not come to an end: ${f.problem}.`,
    fix: "Look for loops inside loops and for macros that call themselves, or replace the template by the one on the model's page.",
  }),
  TOOL_CALLS_UNKNOWN: (f: { where: string }) => ({
    what: `${f.where} writes tool calls in a form that hone cannot read back, so calls of tools would be taken for words.`,
    fix: 'Use a model whose form is known (docs/tools.md lists them), or call it with toolChoice "none" and read the calls from its words.',
  }),
  CHAT_TEMPLATE_LACKS: (
    f: { where: string; feature: string; message?: number },
    option: OptionNaming,
  ) => ({
    what:
      f.message === undefined
        ? `${f.where} leaves out ${f.feature}, so the model would never read that part of the messages.`
        : `${f.where} leaves out the ${f.feature} of messages[${f.message}], or a part of them, so the model would never read them.`,
    fix:
      f.message === undefined
        ? `Leave ${f.feature} out of the messages (of recorded traces: \`npx hone traces export --format messages --reasoning drop\`, \`--no-tools\`), put the same into their content, or use a model whose template writes ${f.feature}.`
        : `Leave them out of the message (of recorded traces: \`npx hone traces export --format messages --reasoning drop\`), use a model whose template writes them, or, where a template keeps them in the last turn only, train one row per turn (${option("rowsPer")} "turn").`,
  }),
  CHAT_TEMPLATE_NOT_LINEAR: (f: { where: string; turn: number; problem: string }) => ({
    what: `${f.where} does not show which tokens belong to message ${f.turn}: ${f.problem}.`,
    fix: "Use a template that writes a message in the same way whether or not other messages follow it.",
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
