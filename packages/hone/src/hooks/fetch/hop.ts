/**
 * One request on the wire and its response. Most calls of a model are one hop; each redirect that the client follows makes
 * another, and the call's answer is that of the last.
 */
import { type AnsweredHead, Exchange, type SentRequest } from "./exchange.ts";
import { type FollowingRequest, type Redirected, redirectTarget } from "./redirects.ts";
import type { OpenExchange, TapState } from "./tap-state.ts";
import type { End } from "./verdict.ts";
import type { BodyListener } from "./watched-response.ts";

/** The first hop of a new call. To be called in the code that makes the request. */
export const firstHop = (tap: TapState, sent: SentRequest): Hop =>
  new Hop(tap, new Exchange(tap, sent), sent.address);

/** The next hop of the call whose redirect this request follows; undefined where it follows none. */
export const followingHop = (tap: TapState, request: FollowingRequest): Hop | undefined =>
  tap.redirects.followedBy(request)?.follow(request.address);

/** A request whose body was read. */
interface ReadRequest {
  readonly address: string;
  /** The body; undefined where it cannot be read. */
  readonly text: string | undefined;
  /** Whether a redirect to the address waits to be followed. */
  readonly mayFollow: boolean;
}

/**
 * The body of a request is known: it follows a redirect, or is a call of its own.
 *
 * @param own  the hop that was begun for it; absent where its address tells nothing of a model
 * @returns the hop that its response belongs to; undefined where it asks no model
 */
export function askedHop(
  tap: TapState,
  own: Hop | undefined,
  { address, text, mayFollow }: ReadRequest,
): Hop | undefined {
  const isFollowing = mayFollow && text !== undefined;
  const following = isFollowing ? followingHop(tap, { address, text }) : undefined;
  const isAsking = own?.request(following === undefined ? text : undefined) === true;
  return following ?? (isAsking ? own : undefined);
}

/** How long a redirect may go unfollowed until it is recorded as the answer, in ms. */
const followMs = 5000;

export class Hop implements BodyListener, OpenExchange, Redirected {
  readonly #tap: TapState;
  readonly #exchange: Exchange;
  readonly #address: string;
  /** Where the response redirects to. */
  #target: string | undefined;
  /** Ends the exchange with the redirect as its answer. */
  #end: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(tap: TapState, exchange: Exchange, address: string) {
    this.#tap = tap;
    this.#exchange = exchange;
    this.#address = address;
  }

  get text(): string | undefined {
    return this.#exchange.text;
  }

  /** Goes on with the exchange at the address of a redirect; later events of this hop are ignored. */
  follow(address: string): Hop {
    this.#isOver = true;
    this.#tap.unread.delete(this);
    this.#settle();
    this.#exchange.followed();
    this.#tap.open.add(this.#exchange);
    return new Hop(this.#tap, this.#exchange, address);
  }

  /** The response may have ended before. @returns false when the request asks no model after all */
  request(text: string | undefined): boolean {
    return this.#exchange.request(text);
  }

  response(head: AnsweredHead): void {
    if (this.#isOver) return;
    this.#exchange.response(head);
    this.#target = redirectTarget(head.status, head.headers.get("location"), this.#address);
    if (this.#target !== undefined) this.#tap.redirects.add(this.#target, this);
  }

  /** The app was given the response. */
  passed(response: Response): void {
    const { body } = response;
    if (!this.#isOver && body !== null && this.#exchange.isOpen) this.#tap.unread.add(body, this);
  }

  chunk(bytes: Uint8Array): void {
    if (!this.#isOver) this.#exchange.chunk(bytes);
  }

  done(): void {
    this.#ended({ how: "done" });
  }

  stopped(): void {
    this.#ended({ how: "stopped" });
  }

  failed(error: unknown): void {
    this.#ended({ how: "failed", error });
  }

  unseen(): void {
    this.#ended({ how: "unseen" });
  }

  checkpoint(): void {
    this.#exchange.checkpoint();
  }

  processExited(): void {
    this.#end?.();
  }

  #ended(end: End): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tap.unread.delete(this);
    const at = this.#tap.clock();
    const finish = (): void => {
      this.#settle();
      this.#exchange.ended(end, at);
    };
    if (this.#target === undefined) return finish();
    // Most clients follow only now, when they have read the redirect to its end.
    this.#end = finish;
    this.#timer = setTimeout(finish, followMs).unref();
    this.#tap.open.delete(this.#exchange);
    this.#tap.open.add(this);
  }

  /** Whether the redirect is followed is known: no request can follow it any more. */
  #settle(): void {
    clearTimeout(this.#timer);
    this.#end = undefined;
    this.#tap.open.delete(this);
    if (this.#target !== undefined) this.#tap.redirects.delete(this.#target, this);
  }
}
