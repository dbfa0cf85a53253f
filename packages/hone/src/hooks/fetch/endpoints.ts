/** Tells from an address whether a request asks a model, in which form, and which provider. */
import type { Wire } from "../../messages/wires/wire.ts";
import { endpoints } from "../../messages/wires/wires.ts";

const known = new RegExp(`/(${Object.keys(endpoints).join("|")})/?(?:[?#]|$)`);

/** The form of requests to this address; undefined where it asks no model, as most addresses do. */
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

/** The provider, by OpenTelemetry's name where it is known, else the host; parts of the address that may be secret are left out. */
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
