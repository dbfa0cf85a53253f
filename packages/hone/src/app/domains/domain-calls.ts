/** Calls of the functions of a user's domain: what they throw, or give that cannot be used, is an error of the domain. */
import { HoneError, isHoneError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { shownValue } from "../../core/shown-value.ts";
import { checkedAction } from "../../environments/checked-environment.ts";
import type { ChatFormat } from "../../environments/chat-format.ts";
import type { DomainFormats } from "../../environments/domain.ts";
import type { ActionAgent } from "../../environments/run-episode.ts";
import { functionPlace } from "../../rollouts/user-place.ts";
import { domainFailed } from "./import-domain.ts";

/**
 * What a function of the domain gives.
 * @param doing  behind "failed when": "its tasks were asked for"
 * @throws DOMAIN_FAILED when it throws; errors of hone pass unchanged
 */
export function calledOf<Value>(domain: string, doing: string, call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    if (isHoneError(error)) throw error;
    throw domainFailed(domain, doing, error);
  }
}

/**
 * The expert of one episode.
 * @throws DOMAIN_FAILED when `make` throws, DOMAIN_INVALID when it gives no expert. Of the expert itself: DOMAIN_FAILED when it
 *         throws or rejects, ACTION_INVALID when it gives no action
 */
export function checkedExpert(
  { domain, task }: { readonly domain: string; readonly task: string },
  make: () => ActionAgent,
): ActionAgent {
  const expert: unknown = calledOf(domain, "its expert was made", make);
  if (!isExpert(expert)) {
    const problem = `its expert is ${shownValue(expert)}; it must be an object with a function selectAction`;
    throw new HoneError("DOMAIN_INVALID", { domain, problem });
  }
  return {
    async selectAction(...args) {
      const action = await chosen(domain, `its expert chose an action (task ${task})`, async () =>
        expert.selectAction(...args),
      );
      return placedAction(`The expert of the domain ${domain}`, action, expert);
    },
  };
}

const isExpert = (value: unknown): value is ActionAgent =>
  isObject(value) && typeof value["selectAction"] === "function";

async function chosen(
  domain: string,
  doing: string,
  call: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    if (isHoneError(error)) throw error;
    throw domainFailed(domain, doing, error);
  }
}

function placedAction(who: string, action: unknown, expert: ActionAgent) {
  try {
    return checkedAction(who, action);
  } catch (error) {
    // The method is not called here, so it needs no `this`: only its place in the source is looked up.
    // oxlint-disable-next-line typescript/unbound-method
    const place = functionPlace(expert.selectAction);
    const facts = { who, got: shownValue(action), ...(place && { place }) };
    throw new HoneError("ACTION_INVALID", facts, { cause: error });
  }
}

/** Both wordings, whose functions throw DOMAIN_FAILED when they throw, and DOMAIN_INVALID when they give no text. */
export const checkedFormats = (
  domain: string,
  { compact, instructed }: DomainFormats,
): DomainFormats => ({
  compact: checkedFormat(domain, compact),
  instructed: checkedFormat(domain, instructed),
});

function checkedFormat(domain: string, format: ChatFormat): ChatFormat {
  const { observe, format: write, parse } = format;
  const called = <Value>(name: string, call: () => Value): Value =>
    calledOf(domain, `\`${name}\` of its format was called`, call);
  const text = (name: string, call: () => unknown): string => {
    const given = called(name, call);
    if (typeof given === "string") return given;
    const problem = `\`${name}\` of its format gives ${shownValue(given)}; it must give a text`;
    throw new HoneError("DOMAIN_INVALID", { domain, problem });
  };
  return {
    ...format,
    ...(observe && { observe: (observation) => text("observe", () => observe(observation)) }),
    ...(write && { format: (action) => text("format", () => write(action)) }),
    ...(parse && { parse: (reply) => called("parse", () => parse(reply)) }),
  };
}
