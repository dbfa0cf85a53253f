/** Asks an SDK that follows its own running code, in an AsyncLocalStorage of its own, where that code belongs. */
import { type ActiveTrace, sharedState } from "../recording/trace-context.ts";
import type { HookTools } from "./hook-tools.ts";
import type { SdkModelCall } from "./model-calls.ts";

/** What an SDK knows of the running code. */
export interface SdkContext {
  /** Where new spans belong; asked by `activeTrace()`. */
  place(): ActiveTrace | undefined;
  /** The model call whose code runs. */
  call(): SdkModelCall | undefined;
}

/** @returns a function that ends it */
export function followContext({ calls }: HookTools, context: SdkContext): () => void {
  const { lookups } = sharedState();
  const place = (): ActiveTrace | undefined => context.place();
  lookups.add(place);
  const removeCall = calls.addLookup(() => context.call());
  return () => {
    lookups.delete(place);
    removeCall();
  };
}
