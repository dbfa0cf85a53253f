/** The width of the window, for what is left out where it is narrow. */
import { useSyncExternalStore } from "react";

function onResize(callback: () => void): () => void {
  addEventListener("resize", callback);
  return () => removeEventListener("resize", callback);
}

/** The width in px, to the next lower of the given limits (0 below all of them), so that few changes draw anew. */
export const useWidthFrom = (limits: readonly number[]): number =>
  useSyncExternalStore(onResize, () =>
    Math.max(0, ...limits.filter((limit) => limit <= innerWidth)),
  );
