/** Redirects that answered requests to models: the request that follows one belongs to the same call of the model. */
import { SetMap } from "./set-map.ts";

const statuses = new Set([301, 302, 303, 307, 308]);

/** A request that was answered by a redirect. */
export interface Redirected {
  /** The body of the request; undefined where it is not known yet. */
  readonly text: string | undefined;
}

/** A request that may follow a redirect. */
export interface FollowingRequest {
  readonly address: string;
  /** The body; undefined for a request without one, as most clients send after 301, 302 and 303. */
  readonly text: string | undefined;
}

export class Redirects<Request extends Redirected> {
  /** By their targets, the oldest first. */
  readonly #waiting = new SetMap<Request>();

  /** False while no request to this address can follow a redirect. */
  mayFollow(address: string): boolean {
    return !this.#waiting.isEmpty && this.#at(address).length > 0;
  }

  add(target: string, request: Request): void {
    this.#waiting.add(target, request);
  }

  delete(target: string, request: Request): void {
    this.#waiting.delete(target, request);
  }

  /**
   * The request that this one goes on with: the oldest that was sent to this address. One with a body repeats the body word for
   * word, so that calls which are redirected to one place at a time are not mixed up.
   */
  followedBy({ address, text }: FollowingRequest): Request | undefined {
    return this.#at(address).find((request) => text === undefined || request.text === text);
  }

  #at(address: string): Request[] {
    return [...this.#waiting.get(resolved(address) ?? address)];
  }
}

/** Where a response sends its request; undefined for one that is no redirect. */
export function redirectTarget(
  status: number,
  location: string | null,
  address: string,
): string | undefined {
  return location === null || !statuses.has(status) ? undefined : resolved(location, address);
}

/** An address as it is compared: without what is not sent to the server in its first line. */
function resolved(address: string, base?: string): string | undefined {
  if (!URL.canParse(address, base)) return undefined;
  const url = new URL(address, base);
  url.hash = "";
  url.username = "";
  url.password = "";
  return url.href;
}
