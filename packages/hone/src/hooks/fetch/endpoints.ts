/** Which requests ask a model, told by their path, and whom. */
import type { Wire } from "../../messages/wires/wire.ts";
import { endpoints } from "../../messages/wires/wires.ts";

const known = new RegExp(`/(${Object.keys(endpoints).join("|")})/?(?:[?#]|$)`);

/** The wire of an address; most addresses have none. */
export function wireOf(address: string): Wire | undefined {
  const [, path] = known.exec(address) ?? [];
  return path === undefined ? undefined : endpoints[path];
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
