/**
 * Records the requests to models that go through `fetch`, whatever makes them: request and response become a prompt span, or
 * the raw bodies of the span in which an SDK's hook records the same call. Requests of `node:http` and of the package undici
 * are recorded in the same way (`hooks/http/`).
 *
 * `globalThis.fetch` is replaced by a proxy of itself. Code that took `fetch` before, or replaces it by a function that does
 * not call it, is not seen. No header is recorded.
 */
import { risingClock } from "../../core/clock.ts";
import { sharedState } from "../../recording/trace-context.ts";
import { beforeScopesExit } from "../../recording/trace-scope.ts";
import { isAppsOwn, warnOnce } from "../../recording/warn-once.ts";
import { wireOf } from "./endpoints.ts";
import { bodyBudget } from "./kept-text.ts";
import { firstHop, followingHop, type Hop } from "./hop.ts";
import type { HookTools, InstallHook } from "../hook-tools.ts";
import { Redirects } from "./redirects.ts";
import { addressOf, methodOf, readOnceInit, requestText, signalOf } from "./request-text.ts";
import { watchHttp } from "../http/http-tap.ts";
import { watchUndici } from "../http/undici-tap.ts";
import { type OpenExchange, type TapState, withinFetch } from "./tap-state.ts";
import { TappedTraces } from "./tapped-traces.ts";
import { warnOfSkipped } from "./skipped-request.ts";
import { UnreadBodies } from "./unread-bodies.ts";
import { watchedResponse } from "./watched-response.ts";

type Fetch = typeof fetch;
type FetchArguments = Parameters<Fetch>;

export const installFetchTap: InstallHook = (tools) => {
  const state = tapState(tools);
  const undo = [recordAtExit(state.open), watchHttp(state), watchUndici(state)];
  const forget = (): void => undo.forEach((one) => one());
  const original = globalThis.fetch as Fetch | undefined;
  if (original === undefined) return forget;
  const tapped = new Proxy(original, {
    apply: (target, self, given: FetchArguments) => {
      const passed: { given: FetchArguments } = { given };
      const sent = begun(state, passed);
      const send = (): Promise<Response> =>
        Reflect.apply(target, self, passed.given) as Promise<Response>;
      return sent === undefined ? withinFetch(send) : watched(sent, () => withinFetch(send));
    },
  });
  globalThis.fetch = tapped;
  return () => {
    forget();
    if (globalThis.fetch === tapped) globalThis.fetch = original;
  };
};

function tapState(tools: HookTools): TapState {
  const clock = risingClock();
  const traces = new TappedTraces(tools, clock);
  const unread = new UnreadBodies();
  const redirects = new Redirects<Hop>();
  const open = new Set<OpenExchange>();
  return { tools, clock, traces, open, redirects, unread, sent: new WeakMap(), kept: bodyBudget() };
}

/** Records exchanges that are under way as the process exits, and what came of them when it may exit. */
function recordAtExit(open: ReadonlySet<OpenExchange>): () => void {
  const forget = beforeScopesExit(() => {
    for (const exchange of [...open]) exchange.processExited();
  });
  const checkpoint = (): undefined => {
    for (const exchange of open) exchange.checkpoint();
  };
  const { atSignal } = sharedState();
  atSignal.add(checkpoint);
  return () => {
    forget();
    atSignal.delete(checkpoint);
  };
}

/** A request that is about to be made. */
interface Begun {
  readonly hop: Hop;
  readonly text: ReturnType<typeof requestText>;
}

/** @param passed  the arguments; options with getters are replaced by a copy, since they are read here already */
function begun(state: TapState, passed: { given: FetchArguments }): Begun | undefined {
  try {
    const [input] = passed.given;
    const address = addressOf(input);
    const wire = wireOf(address);
    const mayFollow = state.redirects.mayFollow(address);
    if (wire === undefined && !mayFollow) return undefined;
    const init = readOnceInit(passed.given[1]);
    if (init !== passed.given[1]) passed.given = [input, init];
    const isPost = methodOf(input, init) === "POST";
    const text = isPost
      ? requestText(input, init, (reason) => {
          if (wire !== undefined) warnOfSkipped(address, reason);
        })
      : undefined;
    // Only of a redirect that the app asked to see: others the platform follows by itself.
    const whole = typeof text === "string" ? text : undefined;
    if (mayFollow && isPost === (whole !== undefined)) {
      const hop = followingHop(state, { address, text: whole });
      if (hop !== undefined) return { hop, text: undefined };
    }
    if (wire === undefined || text === undefined) return undefined;
    return { hop: firstHop(state, { wire, address, signal: signalOf(input, init) }), text };
  } catch (error) {
    // The platform asks for the same value next, so that what it throws reaches the app.
    if (!isAppsOwn(error)) warnOnce(error);
    return undefined;
  }
}

/** Makes the request, then reads its body: reading must not delay the request. */
function watched({ hop, text }: Begun, send: () => Promise<Response>): Promise<Response> {
  let sent: Promise<Response>;
  try {
    sent = send();
  } catch (error) {
    hop.request(undefined);
    hop.failed(error);
    throw error;
  }
  if (typeof text === "string") {
    if (!hop.request(text)) return sent;
  } else {
    void text?.then((known) => hop.request(known)).catch(warnOnce);
  }
  // A mock may answer at once, or with what only looks like a promise.
  if (!(sent instanceof Promise)) return answered(hop, sent);
  return sent.then(
    (response) => answered(hop, response),
    (error: unknown) => {
      hop.failed(error);
      throw error;
    },
  );
}

function answered<R extends Response>(hop: Hop, response: R): R {
  try {
    // An object that only looks like a response, from a mock or a library, is handed on as it is.
    if (!(response instanceof Response)) {
      hop.unseen();
      return response;
    }
    hop.response(response);
    const passed = watchedResponse(response, hop);
    hop.passed(passed);
    return passed as R;
  } catch (error) {
    warnOnce(error);
    hop.unseen();
    return response;
  }
}
