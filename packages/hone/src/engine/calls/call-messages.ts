/**
 * Calls between the main thread and the worker, as plain messages: a call, its chunks, its one reply; an abort. What is
 * posted is an array of them (outbox.ts).
 */
import type { ErrorJson } from "../../core/errors.ts";

/** The methods a side serves; a handler may send chunks before it returns. */
export type Handlers = Readonly<Record<string, Handler>>;
export type Handler = (argument: never, context: CallContext) => unknown;

export interface CallContext {
  readonly signal: AbortSignal;
  readonly chunk: (value: unknown) => void;
}

export type CallRequest =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: string;
      readonly argument: unknown;
    }
  | { readonly kind: "abort"; readonly id: number };

export type CallReply =
  | { readonly kind: "chunk"; readonly id: number; readonly value: unknown }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ThrownJson };

/** A HoneError keeps its code over the thread; any other error its name, message and stack. */
export type ThrownJson =
  | { readonly hone: ErrorJson }
  | { readonly name: string; readonly message: string; readonly stack: string | undefined };
