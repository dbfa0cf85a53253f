/**
 * The table of forms in which files hold conversations to learn from. A form is a row: the key that tells it, its schema, and
 * how it becomes messages. docs/data.md lists them for users.
 */
import { z } from "zod";
import { asContext } from "../core/conversation-turns.ts";
import { membersOf } from "../core/json-text.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import { chatMessage, messageKeysAt, toMessages } from "./chat-message.ts";
import { entryError, refusal, type DataEntry, unknownKeysOf } from "./data-line-error.ts";
import { shareGptMessage, shareGptMessages } from "./sharegpt-message.ts";

/** What an entry of a file comes to. */
export interface ReadExample extends ConversationSettings {
  readonly messages: readonly Message[];
  /** The worse answer, where the entry prefers one to another. */
  readonly rejected?: readonly Message[];
  /** How many messages are the prompt, where the entry says so. */
  readonly promptCount?: number;
  /** Whether the answer is a good one, where the entry says so. */
  readonly isDesirable?: boolean;
  readonly weight?: number | undefined;
  readonly reward?: number | undefined;
  /** By how much the preferred answer is better, where the entry says so. */
  readonly rewardMargin?: number;
}

/** A form of entries. */
export interface ConversationForm {
  /** The keys that an entry may have. */
  readonly keys: readonly string[];
  /** Whether an entry is of this form: it has the keys by which the form is told. */
  fits(json: JsonObject): boolean;
  /** Where the entry has keys that the form does not know, such as ["source"] or ["messages", 0, "timestamp"]. */
  foreignKeys(json: JsonObject): readonly (readonly PropertyKey[])[];
  /** @throws DATA_LINE_INVALID */
  read(json: JsonObject, entry: DataEntry): ReadExample;
}

const list = z.array(chatMessage).min(1);

/** Tools: a list of objects, or its JSON text, as libraries of data sets write it. */
const tools = z.union([z.array(z.record(z.string(), z.unknown())), z.string()]).nullish();

const offered = {
  tools,
  /** Tells the API how to call tools; a conversation that is there already says it itself. */
  parallel_tool_calls: z.boolean().nullish(),
  /** Variables of the chat template, by TRL's name. */
  chat_template_kwargs: z.record(z.string(), z.unknown()).nullish(),
};

const weight = z.number().positive().optional();

/** How good the conversation (or its chosen answer) is; higher is better. */
const reward = z.number().optional();

/** What every form may say of a whole entry. */
const counted = { weight, reward };

const openAi = z.strictObject({ messages: list, ...offered, ...counted });

const shareGpt = z.strictObject({
  id: z.union([z.string(), z.number()]).nullish(),
  conversations: z.array(shareGptMessage).min(1),
  system: z.string().nullish(),
  tools,
  ...counted,
});

/** Some files have ShareGPT's key and the messages of the common form. */
const shareGptOfRoles = z.strictObject({ ...shareGpt.shape, conversations: list });

const textOrList = z.union([z.string(), list]);

const promptCompletion = z.strictObject({
  prompt: textOrList,
  completion: textOrList,
  ...offered,
  ...counted,
});

const rated = z.strictObject({ ...promptCompletion.shape, label: z.boolean() });

const preference = z.strictObject({
  prompt: textOrList.optional(),
  chosen: textOrList,
  rejected: textOrList,
  /** By how much a reward model is to value the chosen answer more, by TRL's name. */
  margin: z.number().min(0).optional(),
  ...offered,
  ...counted,
});

const openAiPreference = z.strictObject({
  input: z.strictObject({ messages: list, ...offered }),
  preferred_output: list,
  non_preferred_output: list,
  ...counted,
});

const alpaca = z.strictObject({
  instruction: z.string(),
  input: z.string().nullish(),
  output: z.string(),
  system: z.string().nullish(),
  /** Earlier questions with their answers. */
  history: z.array(z.tuple([z.string(), z.string()])).nullish(),
  /** The same once more, in the words of a prompt template: not read. */
  text: z.string().nullish(),
  ...counted,
});

const plainText = z.strictObject({ text: z.string().min(1), ...counted });

/** All forms. The first one that fits an entry is the entry's. */
export const conversationForms: readonly ConversationForm[] = [
  form(["messages"], openAi, (given, entry) => ({
    messages: toMessages(given.messages, memberText(entry.text, "messages")),
    ...settingsOf(given, entry),
  })),
  form(["conversations"], shareGpt, readShareGpt, {
    fits: (json) => !hasRoles(json),
    keysAt: () => Object.keys(shareGptMessage.shape),
  }),
  form(["conversations"], shareGptOfRoles, (given, entry) => ({
    messages: [
      ...systemOf(given.system),
      ...toMessages(given.conversations, memberText(entry.text, "conversations")),
    ],
    ...settingsOf(given, entry),
  })),
  form(["prompt", "completion"], promptCompletion, (given, entry) => ({
    ...answered(given, entry, "completion"),
    ...settingsOf(given, entry),
  })),
  form(["chosen", "rejected"], preference, (given, entry) => ({
    ...answered(given, entry, "chosen"),
    rejected: answered(given, entry, "rejected").messages,
    ...(given.margin !== undefined && { rewardMargin: given.margin }),
    ...settingsOf(given, entry),
  })),
  form(["input", "preferred_output"], openAiPreference, readOpenAiPreference),
  form(["instruction", "output"], alpaca, readAlpaca),
  form(["text"], plainText, ({ text, weight: counts, reward: earned }) => ({
    messages: [{ role: "assistant", content: text }],
    isPlain: true,
    weight: counts,
    reward: earned,
  })),
];

/** An answer that is rated good or bad by itself, TRL's form for KTO. Supervised training would learn the bad ones, so it is no form of these. */
export const ratedForm: ConversationForm = form(["label"], rated, (given, entry) => ({
  ...answered(given, entry, "completion"),
  ...settingsOf(given, entry),
  isDesirable: given.label,
}));

/** Every key that some form has. */
export const allFormKeys: readonly string[] = [
  ...new Set(conversationForms.flatMap(({ keys }) => keys)),
];

interface FormOptions {
  /** What an entry must have beside the keys. */
  readonly fits?: (json: JsonObject) => boolean;
  /** Keys inside a message. Default: those of the common form. */
  readonly keysAt?: (path: readonly PropertyKey[]) => readonly string[];
}

function form<Schema extends z.ZodObject>(
  toldBy: readonly string[],
  schema: Schema,
  read: (given: z.infer<Schema>, entry: DataEntry) => ReadExample,
  { fits = () => true, keysAt = messageKeysAt }: FormOptions = {},
): ConversationForm {
  const keys = Object.keys(schema.shape);
  return {
    keys,
    fits: (json) => toldBy.every((key) => key in json) && fits(json),
    foreignKeys: (json) => unknownKeysOf(schema.safeParse(json).error?.issues ?? []),
    read(json, entry) {
      const result = schema.safeParse(json);
      if (result.success) return read(result.data, entry);
      const { issues } = result.error;
      const knownAt = (path: readonly PropertyKey[]): readonly string[] =>
        path.length === 0 ? keys : keysAt(path);
      throw refusal(entry, { json, issues, knownAt });
    },
  };
}

const memberText = (text: string, key: string): string => membersOf(text).get(key)!.text;

function hasRoles({ conversations }: JsonObject): boolean {
  const [first] = Array.isArray(conversations) ? (conversations as readonly unknown[]) : [];
  return isObject(first) && "role" in first;
}

function readShareGpt(given: z.infer<typeof shareGpt>, entry: DataEntry): ReadExample {
  return {
    messages: [
      ...systemOf(given.system),
      ...shareGptMessages(given.conversations, entry, "conversations"),
    ],
    ...settingsOf(given, entry),
  };
}

function readAlpaca(given: z.infer<typeof alpaca>): ReadExample {
  const { instruction, input, output, system, history } = given;
  const asked = [instruction, input ?? ""].filter((part) => part !== "").join("\n");
  const turns = [...(history ?? []), [asked, output] as const];
  return {
    messages: [
      ...systemOf(system),
      ...turns.flatMap(([question, answer]): Message[] => [
        { role: "user", content: question },
        { role: "assistant", content: answer },
      ]),
    ],
    weight: given.weight,
    reward: given.reward,
  };
}

const systemOf = (text: string | null | undefined): readonly Message[] =>
  text === undefined || text === null || text === "" ? [] : [{ role: "system", content: text }];

function readOpenAiPreference(
  given: z.infer<typeof openAiPreference>,
  entry: DataEntry,
): ReadExample {
  const input = memberText(entry.text, "input");
  const prompt = asContext(toMessages(given.input.messages, memberText(input, "messages")));
  const answers = (key: "preferred_output" | "non_preferred_output"): readonly Message[] => [
    ...prompt,
    ...toMessages(given[key], memberText(entry.text, key)),
  ];
  return {
    messages: answers("preferred_output"),
    rejected: answers("non_preferred_output"),
    promptCount: prompt.length,
    ...settingsOf(
      { ...given.input, weight: given.weight, reward: given.reward },
      { ...entry, text: input },
    ),
  };
}

/** A prompt and an answer to it: texts without a template, or messages of which only the answer is learned. */
function answered<Key extends "completion" | "chosen" | "rejected">(
  given: { readonly prompt?: TextOrList | undefined } & { readonly [_ in Key]: TextOrList },
  entry: DataEntry,
  key: Key,
): Pick<ReadExample, "messages" | "isPlain" | "promptCount"> {
  const { prompt } = given;
  const answer: TextOrList = given[key];
  if (typeof answer === "string" && typeof prompt !== "object") {
    const context: readonly Message[] =
      prompt === undefined ? [] : [{ role: "user", content: prompt }];
    return {
      messages: [...context, { role: "assistant", content: answer }],
      isPlain: true,
      ...(prompt !== undefined && { promptCount: 1 }),
    };
  }
  if (typeof answer === "string" || typeof prompt === "string") {
    const problem = `"prompt" and "${key}" must both be texts or both lists of messages`;
    throw entryError(entry, problem);
  }
  const context =
    prompt === undefined ? [] : asContext(toMessages(prompt, memberText(entry.text, "prompt")));
  return {
    messages: [...context, ...toMessages(answer, memberText(entry.text, key))],
    ...(prompt !== undefined && { promptCount: context.length }),
  };
}

type TextOrList = z.infer<typeof textOrList>;

interface GivenSettings {
  readonly tools?: z.infer<typeof tools>;
  readonly chat_template_kwargs?: JsonObject | null | undefined;
  readonly weight?: number | undefined;
  readonly reward?: number | undefined;
}

/** @throws DATA_LINE_INVALID where a text of tools is not the JSON of a list of objects */
function settingsOf(
  given: GivenSettings,
  entry: DataEntry,
): Pick<ReadExample, "tools" | "variables" | "weight" | "reward"> {
  const { tools: offers, chat_template_kwargs: variables } = given;
  const text = typeof offers === "string" ? offers : offers && memberText(entry.text, "tools");
  return {
    ...(hasTools(text, entry) && { tools: text }),
    ...(variables && { variables }),
    weight: given.weight,
    reward: given.reward,
  };
}

function hasTools(text: string | null | undefined, entry: DataEntry): text is string {
  if (text === undefined || text === null || text.trim() === "") return false;
  try {
    const json: unknown = JSON.parse(text);
    if (Array.isArray(json) && json.every(isObject)) return json.length > 0;
  } catch {}
  throw entryError(entry, "expected a list of tools, or the JSON text of one", ["tools"]);
}
