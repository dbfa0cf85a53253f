/** The policy of a rollout as an address: what calls it there, in any language or SDK, is recorded. */
import { randomBytes } from "node:crypto";
import { asAgent } from "../../agents/as-agent.ts";
import { isCallersFault, watchedModel } from "../../agents/watched-model.ts";
import { newTraceId } from "../../core/ids.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { noteRemoteEnd } from "../../core/remote-failures.ts";
import type { AgentContext } from "../../ports/agent.ts";
import type { ChatModel, RecordingChatModel } from "../../ports/chat-model.ts";
import type { StartedServer } from "./start-server.ts";

/** Where a rollout's policy answers, until it is closed. */
export interface PolicyEndpoint extends Disposable {
  /** For clients of OpenAI, with `/v1` at its end. Clients of Anthropic take it without. */
  readonly baseURL: string;
  /** The key that clients show. */
  readonly apiKey: string;
  /** Ends the address, and the calls under way. It is also ended when the rollout's signal aborts. */
  close(): void;
}

/**
 * Opens an address for the policy of a rollout, on 127.0.0.1: `/r/<rollout>/v1` with the endpoints of OpenAI and Anthropic. SDKs
 * that call a model by its address are trained through it; each call is recorded with its tokens, whatever model it names. Of a team, a call
 * of the model "policy/planner" is the agent planner's. An agent that
 * throws after its last call there had failed, failed at the boundary "policy", unless the request was wrong in itself.
 *
 * @param context  what the agent was given
 * @throws OPTION_INVALID where the context's model does not record; LISTEN_FAILED
 * @example
 * const agent: Agent<Question> = async (task, context) => {
 *   using policy = await policyEndpoint(context);
 *   const { baseURL, apiKey } = policy;
 *   const model = new ChatOpenAI({ model: "policy", apiKey, configuration: { baseURL } });
 *   return (await model.invoke(task.text)).text;
 * };
 */
export const policyEndpoint = (
  context: Pick<AgentContext, "model" | "signal">,
): Promise<PolicyEndpoint> => openEndpoint(newTraceId(), context);

/** The same as `policyEndpoint`, at the address of an id: of the rollouts that use it, one is open at a time. */
export async function openEndpoint(
  id: string,
  context: Pick<AgentContext, "model" | "signal">,
): Promise<PolicyEndpoint> {
  const { signal } = context;
  const model = recordingModel("policyEndpoint", context.model);
  const { server, key } = await sharedServer();
  const note = (failure: unknown): void =>
    noteRemoteEnd(model, isCallersFault(failure) ? undefined : failure);
  const watched = watchedModel(model, note).model;
  const end = server.rollouts.open(id, watched, (agent) => asAgent(watched, agent));
  const close = (): void => {
    signal.removeEventListener("abort", close);
    end();
  };
  if (signal.aborted) close();
  else signal.addEventListener("abort", close, { once: true });
  const baseURL = `${server.url}/r/${id}/v1`;
  return { baseURL, apiKey: key, close, [Symbol.dispose]: close };
}

/** A context's model, which records in training and evaluation. @throws OPTION_INVALID for another one */
export function recordingModel(where: string, model: ChatModel): RecordingChatModel {
  const isRecording = (one: object): one is RecordingChatModel => "turns" in one && "stream" in one;
  if (isRecording(model)) return model;
  throw optionChecks(where).invalid("model", model, "the recording model of a rollout");
}

/** The server of this process, on 127.0.0.1, with a key of its own. */
interface SharedServer {
  readonly server: StartedServer;
  readonly key: string;
}

let shared: Promise<SharedServer> | undefined;

/** One server for all rollouts of the process. It does not keep the process alive. @throws LISTEN_FAILED */
function sharedServer(): Promise<SharedServer> {
  shared ??= startShared().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

async function startShared(): Promise<SharedServer> {
  const [{ startServer }, { noModels }] = await Promise.all([
    import("./start-server.ts"),
    import("../../server/served-models.ts"),
  ]);
  const key = randomBytes(24).toString("base64url");
  // Deadlines are the rollouts' own.
  const answerSeconds = 24 * 3600;
  const server = await startServer(noModels, { port: 0, apiKey: key, answerSeconds });
  server.unref();
  return { server, key };
}
