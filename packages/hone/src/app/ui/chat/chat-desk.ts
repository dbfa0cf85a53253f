/** Chats of a dashboard with the checkpoints of its runs: one model is loaded at a time, and unloaded when nobody asks it any more. */
import { HoneError } from "../../../core/errors.ts";
import type { UiChatEvent, UiChatRequest, UiChats } from "../../../server/ui/chat-library.ts";
import { runFolderOf } from "../run-library.ts";
import { type ChatProcess, type ChatStarter, startChatProcess } from "./chat-process.ts";

/** Time without a question after which a model is unloaded, in ms. */
const IDLE_MS = 5 * 60_000;

/** The chats of one dashboard. */
export interface ChatDesk extends UiChats {
  /** Unloads the model. */
  close(): void;
}

/** The model that is loaded. */
interface Loaded {
  /** The run and the checkpoint, as errors name them. */
  readonly model: string;
  readonly process: ChatProcess;
  /** Replies that are under way. */
  uses: number;
  /** Runs while nobody asks. */
  idle?: NodeJS.Timeout;
}

/**
 * @param options.runs    the folder of runs
 * @param options.idleMs  time without a question after which a model is unloaded. Default: 5 minutes
 * @param options.start   starts the process of a model
 */
export function chatDesk({
  runs,
  idleMs = IDLE_MS,
  start = startChatProcess,
}: {
  readonly runs: string;
  readonly idleMs?: number;
  readonly start?: ChatStarter;
}): ChatDesk {
  let loaded: Loaded | undefined;
  const unload = (): void => {
    clearTimeout(loaded?.idle);
    loaded?.process.end();
    loaded = undefined;
  };
  /** The model of a request, which takes the place of one that answers nobody. */
  const load = ({ run, checkpoint }: UiChatRequest, folder: string): Loaded => {
    const model = checkpoint === undefined ? run : `${run} (${checkpoint})`;
    if (loaded?.process.isRunning() === true && loaded.model === model) return loaded;
    if (loaded !== undefined && loaded.uses > 0 && loaded.model !== model)
      throw new HoneError("UI_CHAT_BUSY", { model: loaded.model });
    unload();
    const job = { run: folder, ...(checkpoint !== undefined && { checkpoint }) };
    return (loaded = { model, process: start(job, model), uses: 0 });
  };
  const release = (one: Loaded): void => {
    one.uses--;
    if (one.uses > 0 || one !== loaded) return;
    one.idle = setTimeout(unload, idleMs);
    one.idle.unref();
  };
  return {
    close: unload,
    answer: async (request, signal) => {
      const folder = await runFolderOf(runs, request.run);
      const one = load(request, folder);
      clearTimeout(one.idle);
      one.uses++;
      return replyOf(one, request, signal, () => release(one));
    },
  };
}

async function* replyOf(
  { process }: Loaded,
  { conversation, messages, maxTokens, temperature, seed }: UiChatRequest,
  signal: AbortSignal,
  onEnd: () => void,
): AsyncGenerator<UiChatEvent> {
  try {
    const question = { conversation, messages, maxTokens, temperature, seed };
    yield* process.answer(question, signal);
  } finally {
    onEnd();
  }
}
