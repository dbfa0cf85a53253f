/** The error of a request that a server did not answer, or not to the end. It may be sent again. */
import { messageOf } from "../core/errors.ts";

/** The server is away, or was while it answered. */
export class ServerAway extends Error {}

/** Throws the network's error as that of a server that is away. */
export const brokenOff = (error: unknown): never => {
  throw new ServerAway(reasonOf(error), { cause: error });
};

/** What the network said. `fetch` hides it in the cause. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause instanceof AggregateError ? cause.errors[0] : cause);
};
