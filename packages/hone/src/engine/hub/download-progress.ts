/** The progress of a download with its rate and the time left. */
import type { OnProgress } from "../../core/progress.ts";
import type { HubProgress } from "./download-model.ts";

/**
 * Turns what a download reports into progress for people.
 * @param name   what is downloaded, for the line of progress
 * @param report is called with each step; absent: nothing is reported
 */
export function downloadProgress(
  name: string,
  report: OnProgress | undefined,
): (progress: HubProgress) => void {
  let start: { readonly time: number; readonly bytes: number; readonly size: number } | undefined;
  return (progress) => {
    if (progress.kind === "waiting") {
      report?.({ what: `waiting for process ${progress.pid}, which downloads ${name}` });
      return;
    }
    const { bytes, size } = progress;
    const now = performance.now();
    if (start?.size !== size) start = { time: now, bytes, size };
    const seconds = (now - start.time) / 1000;
    const pace = seconds > 0.2 ? (bytes - start.bytes) / seconds : 0;
    const isMoving = pace > 0;
    report?.({
      what: `downloading ${name}`,
      share: size === 0 ? 1 : bytes / size,
      ...(isMoving
        ? { rate: `${(pace / 1e6).toFixed(1)} MB/s`, secondsLeft: (size - bytes) / pace }
        : {}),
    });
  };
}
