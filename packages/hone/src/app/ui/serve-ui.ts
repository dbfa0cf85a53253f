/** The dashboard behind an address: what `hone ui` runs. */
import { resolve } from "node:path";
import { HoneError, isError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { ModelPrices } from "../../core/model-prices.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { isLoopback } from "../../server/loopback.ts";
import { listenFor } from "../../server/serving-listener.ts";
import { queueDesk } from "../feedback/queues/queue-desk.ts";
import { queueTrainings } from "../feedback/queues/queue-trainings.ts";
import { openStore, storeFromEnvironment } from "../open-store.ts";
import { evaluationLibrary } from "../evaluations/evaluation-library.ts";
import { readPrices } from "../price-file.ts";
import { chatDesk } from "./chat/chat-desk.ts";
import { builtPage } from "./built-page.ts";
import { exportShown } from "./export-shown.ts";
import { runLibrary } from "./run-library.ts";
import { tokenLibrary } from "./token-library.ts";
import { warnOperator } from "../serving/warn-operator.ts";

/** What the dashboard shows, and where it listens. */
export interface ServeUiSettings {
  /** The folder of run folders. Default "runs". */
  readonly runs?: string;
  /** The address of the store of traces. Default: HONE_STORE, else `sqlite:./hone.db`, where there is one. */
  readonly store?: string;
  /** A file of what models cost, in dollars per million tokens, read anew for each page. Default: no costs are shown. */
  readonly prices?: string;
  /** The address to listen on. Default 127.0.0.1. An address that other machines reach needs a key. */
  readonly host?: string;
  /** The port to listen on. Default 4320; 0 takes a free one. */
  readonly port?: number;
  /** The key that is asked for. Default: none. */
  readonly key?: string;
  /** Whether the page may start trainings on what people said in queues, as processes of this machine. Default false. */
  readonly allowTraining?: boolean;
  /** Whether the page may load checkpoints of runs to chat with them, in a process of their own, one at a time. Default false. */
  readonly allowChat?: boolean;
  /** Called with each part of the store that cannot be read, and with errors that are the server's own fault. */
  readonly onError?: (error: unknown) => void;
}

/** A dashboard that is being served. */
export interface ServingUi {
  /** Its address. */
  readonly url: string;
  /** The address that opens the page with the key, behind a # that no server is sent. The same as `url` without a key. */
  readonly keyedUrl: string;
  /** The store that is shown, without its password; undefined where there is none. */
  readonly store: string | undefined;
  /** Ends the streams and closes the store. */
  close(): Promise<void>;
}

const settingNames: OptionNames<ServeUiSettings> = {
  runs: true,
  store: true,
  prices: true,
  host: true,
  port: true,
  key: true,
  allowTraining: true,
  allowChat: true,
  onError: true,
};

/** Time until a request must have come, and without a byte of an answer being read, in ms. */
const limits = { requestMs: 30_000, readMs: 60_000 };

/**
 * Serves the dashboard of a folder of runs and a store of traces.
 * @throws OPTION_INVALID; CONFIG_INVALID for prices that cannot be read; UI_KEY_MISSING without a key on an address that other machines reach; UI_NOT_BUILT; LISTEN_FAILED; the
 *         errors of opening a store that was named
 * @example const ui = await serveUi({ port: 0 }); console.log(ui.url);
 */
export async function serveUi(settings: ServeUiSettings = {}): Promise<ServingUi> {
  checkOptions("serveUi", settings, settingNames);
  const { host = "127.0.0.1", port = 4320, key = "", onError = warnOperator } = settings;
  if (key === "" && !isLoopback(host)) throw new HoneError("UI_KEY_MISSING", { host });
  pricesOf(settings);
  const assets = builtPage();
  const store = await openShown(settings.store, onError);
  const folder = settings.runs ?? "runs";
  const runs = resolve(folder);
  // Loaded here, since it brings schemas that a program which only imports the package has no use for.
  const { uiApp } = await import("../../server/ui/ui-app.ts");
  const { allowTraining = false, allowChat = false } = settings;
  const trainings = allowTraining ? queueTrainings({ store, runs }) : undefined;
  const chats = allowChat ? chatDesk({ runs }) : undefined;
  const tokens = tokenLibrary(runs);
  const prices = (): ModelPrices | undefined => pricesOf(settings);
  const app = uiApp({
    ...{ runs: runLibrary(runs), folder, store, assets, onError, tokens, trainings, chats },
    ...{ prices, exportTraces: exportShown },
    evaluations: evaluationLibrary(runs),
    queues: queueDesk({ store, runs, prices }),
    key: key === "" ? undefined : key,
  });
  const listening = await listenFor(app, { host, port, limits }).catch(async (error: unknown) => {
    await store?.close();
    throw error;
  });
  return {
    url: listening.url,
    keyedUrl: key === "" ? listening.url : `${listening.url}/#key=${encodeURIComponent(key)}`,
    store: store?.url,
    close: async () => {
      await listening.close({ timeoutMs: 1000 });
      await tokens.close();
      chats?.close();
      await trainings?.close();
      await store?.close();
    },
  };
}

/** What models cost now: the user may change the file while it is served. @throws CONFIG_INVALID */
const pricesOf = ({ prices }: ServeUiSettings): ModelPrices | undefined =>
  prices === undefined ? undefined : readPrices("--prices", prices);

/** How long a request waits for a store that cannot be reached: somebody looks, and the page asks again. */
const storeRetryMs = 3000;

/** The store that was named, else the usual one where it is there: who has recorded nothing yet looks at runs. */
async function openShown(
  named: string | undefined,
  onProblem: (error: unknown) => void,
): Promise<TraceStore | undefined> {
  try {
    const options = { mustExist: true, onProblem, retryMs: storeRetryMs };
    return await openStore(named ?? storeFromEnvironment(), options);
  } catch (error) {
    if (named === undefined && isError(error, "STORE_NOT_FOUND")) return undefined;
    throw error;
  }
}
