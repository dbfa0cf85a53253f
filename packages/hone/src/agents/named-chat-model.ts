/**
 * A chat model by its name: `openai/gpt-4o-mini`, `anthropic/…`, `google/…`, `ollama/…`, or the address of any endpoint that speaks
 * OpenAI's Chat Completions, with its model behind a #: `https://models.example.com/v1#judge`.
 *
 * The AI SDK's provider of that name makes the requests, with its usual key from the environment; its package is loaded when it
 * is needed. A request that fails for a while (429, 5xx, no connection) is made again after a wait.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HoneError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { noteRetry } from "../core/remote-failures.ts";
import { retryAfterMs } from "../core/retry-after.ts";
import type { ChatModel } from "../ports/chat-model.ts";
import { aiSdkChatModel, type AiSdkModel, type ModelUsage } from "./ai-sdk-chat-model.ts";
import { optionalPackage } from "./tools/optional-package.ts";

/** How a model by name is opened. */
export interface NamedModelOptions {
  /** Variables of the environment with the keys. Default: those of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Is called before each request; what it throws stops the call. */
  readonly onRequest?: () => void;
  /** Is called after each request that was answered, with the tokens that it used; undefined where the provider does not say. */
  readonly onUsage?: (usage: ModelUsage | undefined) => void;
  /** Is called at the end of each request, answered or not. */
  readonly onEnd?: () => void;
}

interface Provider {
  readonly package: string;
  /** The function of the package that makes a provider. */
  readonly create: string;
  /** The variable with its key. */
  readonly key: string;
}

const providers: Readonly<Record<string, Provider>> = {
  openai: { package: "@ai-sdk/openai", create: "createOpenAI", key: "OPENAI_API_KEY" },
  anthropic: { package: "@ai-sdk/anthropic", create: "createAnthropic", key: "ANTHROPIC_API_KEY" },
  google: {
    package: "@ai-sdk/google",
    create: "createGoogleGenerativeAI",
    key: "GOOGLE_GENERATIVE_AI_API_KEY",
  },
};

/** The variable with the key of models that are named by an address. A provider's key is not sent to another host. */
const addressKey = "HONE_MODEL_API_KEY";

/** Waits between the tries of a request, in ms, where the provider names none. */
const waits = [1000, 4000, 16_000];

/** The longest wait that a provider may ask for, in ms. */
const longestWait = 30_000;

/**
 * Opens a model by its name. No request is made yet.
 * @throws MODEL_NAME_INVALID; MODEL_KEY_MISSING; PACKAGE_MISSING with the command that installs the provider
 * @example const judge = relativeJudge({ model: await namedChatModel("openai/gpt-4o-mini"), name: "openai/gpt-4o-mini" });
 */
export async function namedChatModel(
  name: string,
  options: NamedModelOptions = {},
): Promise<ChatModel> {
  const { environment = process.env, onRequest, onUsage, onEnd } = options;
  const sdkModel = await openModel(name, environment);
  const model = aiSdkChatModel(sdkModel, { ...(onUsage && { onUsage }) });
  const ask: ChatModel["chat"] = async (...call) => {
    onRequest?.();
    try {
      return await model.chat(...call);
    } finally {
      onEnd?.();
    }
  };
  return {
    async chat(messages, chatOptions = {}) {
      const { signal } = chatOptions;
      for (let tries = 0; ; tries++) {
        try {
          const reply = await ask(messages, chatOptions);
          noteRetry(signal);
          return reply;
        } catch (error) {
          const wait = waitAfter(error, tries);
          if (wait === undefined || signal?.aborted === true) throw error;
          noteRetry(signal, error);
          await sleep(wait, undefined, signal && { signal });
        }
      }
    },
  };
}

async function openModel(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<AiSdkModel> {
  const [, scheme = "", model = ""] = /^([a-z]+)\/(.+)$/.exec(name) ?? [];
  const provider = Object.hasOwn(providers, scheme) ? providers[scheme] : undefined;
  if (provider !== undefined) {
    const key = environment[provider.key];
    if (!key) throw new HoneError("MODEL_KEY_MISSING", { model: name, variable: provider.key });
    const base = scheme === "openai" ? environment["OPENAI_BASE_URL"] : undefined;
    const made = await madeBy(provider, name, { apiKey: key, ...(base && { baseURL: base }) });
    return scheme === "openai" ? made.chat(model) : made(model);
  }
  const address = scheme === "ollama" ? ollamaAddress(environment, model) : name;
  const [, baseURL = "", id = ""] = /^(https?:\/\/[^#]+?)\/*#(.+)$/.exec(address) ?? [];
  if (!URL.canParse(baseURL)) throw invalidName(name);
  const url = new URL(baseURL);
  if (url.username !== "" || url.password !== "") {
    // The name stands in run folders and errors; no request can be made with such an address either.
    [url.username, url.password] = ["", ""];
    throw invalidName(
      `${url.href}#${id}`,
      `its address holds a user or a password; a key is set by ${addressKey}`,
    );
  }
  const apiKey = environment[addressKey] ?? "none";
  return (await madeBy(providers["openai"]!, name, { apiKey, baseURL })).chat(id);
}

const invalidName = (name: string, problem?: string): HoneError =>
  new HoneError("MODEL_NAME_INVALID", {
    name,
    ...(problem !== undefined && { problem }),
    providers: [...Object.keys(providers), "ollama"],
  });

function ollamaAddress(environment: Readonly<Record<string, string | undefined>>, model: string) {
  const host = environment["OLLAMA_HOST"] || "127.0.0.1:11434";
  return `${/^https?:/.test(host) ? host : `http://${host}`}/v1#${model}`;
}

/** What the packages of the AI SDK's providers make. */
interface MadeProvider {
  (model: string): AiSdkModel;
  /** Of OpenAI's: by Chat Completions. */
  chat(model: string): AiSdkModel;
}

type ProviderModule = Readonly<Record<string, (settings: object) => MadeProvider>>;

async function madeBy(
  provider: Provider,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<MadeProvider> {
  const load = async () => (await import(provider.package)) as ProviderModule;
  const module = await optionalPackage(provider.package, `The model ${name}`, load);
  return module[provider.create]!(settings);
}

/** How long to wait before the request is made again, in ms; undefined where that would not help, or was tried enough. */
function waitAfter(error: unknown, tries: number): number | undefined {
  const wait = waits[tries];
  if (wait === undefined || !isObject(error) || error["isRetryable"] !== true) return undefined;
  const headers = isObject(error["responseHeaders"]) ? error["responseHeaders"] : {};
  const header = headers["retry-after"];
  const asked = retryAfterMs(typeof header === "string" ? header : undefined);
  return asked === undefined ? wait : Math.min(asked, longestWait);
}
