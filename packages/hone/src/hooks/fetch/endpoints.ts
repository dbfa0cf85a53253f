/** Which requests ask a model, told by their path, and whom. */
import { anthropicMessages } from "../../messages/wires/anthropic-messages.ts";
import { chatCompletions } from "../../messages/wires/chat-completions.ts";
import { responses } from "../../messages/wires/responses.ts";
import type { Wire } from "../../messages/wires/wire.ts";

const wires: Readonly<Record<string, Wire>> = {
  "chat/completions": chatCompletions,
  completions: chatCompletions,
  responses,
  messages: anthropicMessages,
};

const known = /\/(chat\/completions|completions|responses|messages)\/?(?:[?#]|$)/;

/** The wire of an address; most addresses have none. */
export function wireOf(address: string): Wire | undefined {
  const [, path] = known.exec(address) ?? [];
  return path === undefined ? undefined : wires[path];
}

const providers: readonly (readonly [suffix: string, name: string])[] = [
  ["api.openai.com", "openai"],
  ["openai.azure.com", "azure.ai.openai"],
  ["api.anthropic.com", "anthropic"],
  ["api.mistral.ai", "mistral_ai"],
  ["api.deepseek.com", "deepseek"],
  ["api.groq.com", "groq"],
  ["api.x.ai", "x_ai"],
  ["openrouter.ai", "openrouter"],
];

/** Who is asked: a known provider by OpenTelemetry's name, else the host; no part of the address that may be secret. */
export function serverOf(address: string): {
  readonly provider?: string;
  readonly attributes: Readonly<Record<string, string | number>>;
} {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) return { attributes: {} };
  const { hostname, port, pathname } = url;
  const [, name] =
    providers.find(([suffix]) => hostname === suffix || hostname.endsWith(`.${suffix}`)) ?? [];
  return {
    provider: name ?? hostname,
    attributes: {
      "server.address": hostname,
      ...(port === "" ? {} : { "server.port": Number(port) }),
      "url.path": pathname,
    },
  };
}
