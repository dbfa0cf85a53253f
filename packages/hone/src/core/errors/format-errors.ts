/** Errors of formats that a reply is bound to, and of sets of tokens that filters left: schemas that cannot be followed, models that cannot write them. */

export const formatErrors = {
  FORMAT_SCHEMA_INVALID: (f: { at: string; problem: string }) => ({
    what: `The schema of the reply is not valid: ${f.at} ${f.problem}.`,
    fix: "Correct that place; docs/json.md lists the keywords that are known.",
  }),
  FORMAT_SCHEMA_UNSUPPORTED: (f: { at: string; keyword: string; instead: string }) => ({
    what: `The schema of the reply has ${f.keyword} at ${f.at}, which sampling cannot hold to.`,
    fix: `In its place: ${f.instead}. Or ask without a schema and check the reply; docs/json.md lists what is known.`,
  }),
  FORMAT_ALLOWS_NOTHING: (_: Readonly<Record<string, never>>) => ({
    what: "The schema of the reply allows no value at all, or none that ever ends.",
    fix: "Look for bounds that exclude each other, for false, and for a field that must hold its own schema again.",
  }),
  FORMAT_TOO_LARGE: (f: { limit: string }) => ({
    what: `The schema of the reply is too large: it would take more than ${f.limit}.`,
    fix: "Lower maxLength, maxItems and the repetitions of patterns, or leave them out; split a schema of many branches.",
  }),
  FORMAT_NO_TOKEN: (f: { text: string }) => ({
    what: `The model has no token with which its reply could go on as its schema wants, behind ${f.text}.`,
    fix: "Its vocabulary lacks a character that the schema needs: use names and values of characters that it has, or another model.",
  }),
  FORMAT_NOT_FOLLOWED: (f: { row: string; position: number; token: number }) => ({
    what: `Datum ${f.row} says that a format bound its tokens, and at position ${f.position} has the token ${f.token}, which that format does not allow there.`,
    fix: "Train on rollouts of this model's own tokenizer, with `bound` as they were recorded.",
  }),
  KEPT_TOKENS_INVALID: (f: { row: string; position: number; problem: string }) => ({
    what: `Datum ${f.row} carries the tokens that top-k, top-p or min-p left, and at position ${f.position} its set ${f.problem}.`,
    fix: "Train on rollouts of this model's own tokenizer, with `kept` as it was recorded.",
  }),
  FORMAT_TOKENIZER_UNSUPPORTED: (f: { kind: string }) => ({
    what: `Replies of a model with a ${f.kind} tokenizer cannot be bound to a format: its tokens do not say which text they stand for.`,
    fix: "Use a model with a byte-level or a SentencePiece tokenizer, or ask without a format.",
  }),
} as const;
