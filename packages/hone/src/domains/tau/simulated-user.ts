/**
 * A customer with requests, played by rules: it answers what the agent says by the words in it, the same for the same words.
 *
 * It says one request at a time, tells its email address when asked, confirms what it asked for and nothing else, and goes on when the agent
 * says that something is done, that it cannot be done, or how far an order is.
 */
import { searchWords } from "../../core/search-words.ts";
import { type Request, requestText } from "./requests.ts";
import { type OrderStatus, orderStatuses } from "./shop.ts";

/** How a request ended, as the agent told the customer: done, refused, or the status that it was told. */
export type RequestEnd = "done" | "refused" | OrderStatus;

/** A customer in a conversation. */
export interface SimulatedUser {
  /** The first words. */
  readonly opening: string;
  /** What the customer answers. */
  answer(said: string): string;
  /** The request that it waits for; undefined when it has none left, which ends the conversation. */
  current(): Request | undefined;
  /** How the requests before that ended, in their order. */
  readonly ends: readonly RequestEnd[];
  /** The requests that it has confirmed. */
  readonly confirmed: ReadonlySet<Request>;
}

/** Words by which the customer knows what the agent means. */
const cues = {
  email: ["email", "mail", "who"],
  refused: ["cannot", "can't", "unable", "sorry", "refuse", "not"],
  confirm: ["confirm", "yes", "shall", "ok"],
  done: ["done", "cancelled", "returned", "changed", "else"],
} as const;

/** A customer with this email address, who wants these things, one after the other. */
export function simulatedUser(email: string, requests: readonly Request[]): SimulatedUser {
  const ends: RequestEnd[] = [];
  const confirmed = new Set<Request>();
  const current = (): Request | undefined => requests[ends.length];
  const goOn = (end: RequestEnd): string => {
    ends.push(end);
    const next = current();
    return next ? requestText(next) : "Thank you, goodbye.";
  };
  return {
    opening: requestText(requests[0]!),
    ends,
    confirmed,
    current,
    answer(said) {
      const request = current();
      if (!request) return "Goodbye.";
      const words = searchWords(said.replaceAll("can't", "cannot").replaceAll("e-mail", "email"));
      const says = (cue: readonly string[]): boolean => cue.some((word) => words.includes(word));
      if (says(cues.refused)) return goOn("refused");
      if (says(cues.email)) return `My email is ${email}.`;
      if (says(cues.confirm)) return confirm(request, words, confirmed);
      const status = orderStatuses.find((one) => words.includes(one));
      if (request.kind === "status" && status) return goOn(status);
      return says(cues.done) ? goOn("done") : "I do not understand.";
    },
  };
}

/** Yes to the order, and the city, that the customer asked for. */
function confirm(request: Request, words: readonly string[], confirmed: Set<Request>): string {
  const { order, city } = request;
  const isNamed = words.includes(String(order));
  if (!isNamed || (city !== undefined && !words.includes(city.toLowerCase())))
    return "No, that is not what I asked for.";
  confirmed.add(request);
  return "Yes.";
}
