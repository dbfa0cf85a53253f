/** A model and the adapters on it, each a policy of one engine, by the names under which they are served. */
import { withChangedMessages, withSystem } from "../../agents/changed-messages.ts";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { HoneError } from "../../core/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ChatModelFactory, RecordingChatModel } from "../../ports/chat-model.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { folderHash } from "../../runs/checkpoint-files.ts";
import type { ListedModel, OpenModel, ServedModels } from "../../server/served-models.ts";

/** What is served, and how. */
export interface ServedPoliciesOptions {
  readonly engine: Engine;
  /** The name of the base model. */
  readonly name: string;
  /** The policy that answers under that name. */
  readonly policy: SamplingClient;
  /** Tokens of a reply where a request names no limit. */
  readonly maxTokens: number;
  /** The system message of every conversation, in the place of the one it came with. Default: as it came. */
  readonly system?: string | undefined;
  /** Finds the folder of an adapter. */
  readonly findAdapter: (path: string) => Promise<string>;
}

/** A policy that is served under a name. */
interface Served {
  readonly listed: ListedModel;
  readonly policy: SamplingClient;
  /** Requests that it answers. */
  uses: number;
  /** True when it was taken away: it is closed when its last request has been answered. */
  isRemoved: boolean;
}

/** The models of one engine, for a server. */
export class ServedPolicies implements ServedModels {
  readonly #options: ServedPoliciesOptions;
  readonly #chatModels: ChatModelFactory;
  readonly #served = new Map<string, Served>();
  /** Names of adapters that are being opened. */
  readonly #opening = new Set<string>();

  constructor(options: ServedPoliciesOptions) {
    this.#options = options;
    const { engine, maxTokens, name, policy } = options;
    const { contextLength } = engine.architecture;
    this.#chatModels = policyChatModels({
      renderer: engine.renderer,
      sampling: { maxTokens },
      contextLength,
    });
    this.#add({ id: name, contextLength, created: now() }, policy);
  }

  list(): readonly ListedModel[] {
    return [...this.#served.values()].map(({ listed }) => listed);
  }

  open(name: string): OpenModel {
    const served = this.#served.get(name);
    if (served === undefined) {
      const known = [...this.#served.keys()].join(", ");
      throw new HoneError("SERVE_MODEL_UNKNOWN", { model: name.slice(0, 200), known });
    }
    served.uses++;
    return this.#openModel(served);
  }

  #chatModel(of: Parameters<ChatModelFactory>[0]): RecordingChatModel {
    const { system } = this.#options;
    const model = this.#chatModels(of);
    if (system === undefined) return model;
    return withChangedMessages(model, (messages) => withSystem(messages, system));
  }

  #openModel(served: Served): OpenModel {
    const { engine } = this.#options;
    const { renderer } = engine;
    const { policy, listed } = served;
    return {
      contextLength: listed.contextLength,
      chat: (seed) => this.#chatModel({ policy, seed }),
      decode: (tokens) => renderer.decode(tokens),
      tokenBytes: async (tokens) => (await renderer.tokenBytes?.(tokens)) ?? [],
      plain: {
        stopTokens: renderer.stopTokens,
        weightsVersion: policy.weightsVersion,
        weightsHash: listed.weights,
        encode: (text) => renderer.encode(text),
        stream: (prompt, params, signal) => policy.stream(prompt, params, signal),
      },
      release: () => {
        served.uses--;
        void this.#closeUnused(served);
      },
    };
  }

  async addAdapter(name: string, path: string): Promise<void> {
    if (this.#served.has(name) || this.#opening.has(name)) {
      const problem = "cannot be added: a model of this name is already served";
      throw new HoneError("SERVE_ADAPTER_INVALID", { name, problem });
    }
    const { engine, name: parent, findAdapter } = this.#options;
    this.#opening.add(name);
    try {
      const adapter = await findAdapter(path);
      // Before it is opened: an adapter that cannot be read then leaves no policy open.
      const weights = await folderHash(adapter);
      const policy = await engine.createSamplingClient({ adapter });
      const { contextLength } = engine.architecture;
      this.#add({ id: name, contextLength, created: now(), parent, weights }, policy);
    } finally {
      this.#opening.delete(name);
    }
  }

  async removeAdapter(name: string): Promise<void> {
    const served = this.#served.get(name);
    if (served?.listed.parent === undefined) {
      const problem =
        served === undefined ? "is not served here" : "is the base model, which stays";
      throw new HoneError("SERVE_ADAPTER_INVALID", { name, problem });
    }
    this.#served.delete(name);
    served.isRemoved = true;
    await this.#closeUnused(served);
  }

  #add(listed: ListedModel, policy: SamplingClient): void {
    this.#served.set(listed.id, { listed, policy, uses: 0, isRemoved: false });
  }

  async #closeUnused({ isRemoved, uses, policy }: Served): Promise<void> {
    if (isRemoved && uses === 0) await policy.close();
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
