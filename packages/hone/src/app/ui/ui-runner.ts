/** The program of a process that serves the dashboard beside a run: a job in, reports out. It ends when the run's process has ended. */
import { isError, messageOf } from "../../core/errors.ts";
import { serveUi, type ServingUi } from "./serve-ui.ts";
import type { UiJob, UiReport } from "./ui-process.ts";

/** The usual port of the dashboard, and the last one that is tried before any free one. */
const [FIRST_PORT, LAST_PORT] = [4320, 4339];

const report = (one: UiReport): void => void process.send?.(one);

/** Serves at the first port that is free. */
async function serveAt(runs: string, port = FIRST_PORT): Promise<ServingUi> {
  const onError = (error: unknown): void => report({ kind: "warning", text: messageOf(error) });
  try {
    return await serveUi({ runs, port, onError });
  } catch (error) {
    if (!isError(error, "LISTEN_FAILED") || port === 0) throw error;
    return serveAt(runs, port === LAST_PORT ? 0 : port + 1);
  }
}

// Ctrl-C of a terminal reaches every process of it; this one ends when the run says so.
process.on("SIGINT", () => undefined);
process.once("disconnect", () => process.exit());
process.once("message", ({ runs }: UiJob) => {
  serveAt(runs).then(
    ({ url }) => report({ kind: "listening", url }),
    (error: unknown) => report({ kind: "failed", problem: messageOf(error) }),
  );
});
