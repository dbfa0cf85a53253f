/** What a hook needs that answers an SDK's calls of tools by a replay, in place of the tools. */
import type { ToolReplay } from "../core/tool-replay.ts";

/** What is to happen around an SDK's tools. */
export interface ReplayEvents {
  /** Called when a copy of the SDK was loaded whose tools are answered from now on. */
  readonly onHooked: () => void;
  /** Called with what cannot be answered, before a tool of it runs; must not return. */
  readonly onUnknown: (problem: string) => never;
}

/** Answers the tools of an SDK; returns a function that ends it. */
export type ReplayHook = (replay: ToolReplay, events: ReplayEvents) => () => void;

/** An object with other values for some of its properties; all others, and its class, stay. */
export const withProperties = <T extends object>(
  own: T,
  values: Readonly<Record<string, unknown>>,
): T =>
  Object.create(
    own,
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        { value, enumerable: true, configurable: true, writable: true },
      ]),
    ),
  ) as T;
