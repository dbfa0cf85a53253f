/** The environment that a recorded program is started with. */

/** What the environment is made from. */
interface ProgramEnvironment {
  /** The agent's name in traces whose SDK names none. */
  readonly agent?: string;
  /** The rewards that are written, as HONE_REWARDS names them. Default: those of the environment. */
  readonly rewards?: string;
  /** The environment that the program would have without being recorded. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * True when OpenTelemetry of the program may be pointed to our endpoint: the user has named no other one, and has not asked
 * for gRPC, which the endpoint does not speak.
 */
export function mayPointToEndpoint(given: NodeJS.ProcessEnv): boolean {
  const isSet = (name: string): boolean => (given[name] ?? "") !== "";
  const protocol = given["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "";
  return (
    !isSet("OTEL_EXPORTER_OTLP_ENDPOINT") &&
    !isSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") &&
    (protocol === "" || protocol.startsWith("http/"))
  );
}

/** The variables by which the preload of a Node process records it. */
export function recordVariables(
  { agent, rewards, environment: given }: ProgramEnvironment,
  { url, tag, losses }: { readonly url: string; readonly tag: string; readonly losses: string },
): NodeJS.ProcessEnv {
  const preload = `--import=${new URL("../../../bin/register.js", import.meta.url).href}`;
  const tags = [given["HONE_TAGS"], tag].filter((one) => one).join(",");
  return {
    NODE_OPTIONS: [given["NODE_OPTIONS"], preload].filter((one) => one).join(" "),
    HONE_STORE: url,
    HONE_TAGS: tags,
    HONE_LOSSES: losses,
    ...(agent === undefined ? {} : { HONE_AGENT: agent }),
    ...(rewards === undefined ? {} : { HONE_REWARDS: rewards }),
  };
}

/** The variables that point OpenTelemetry to the endpoint, without those that the user has set. */
export function endpointVariables(
  { agent, environment: given }: ProgramEnvironment,
  url: string,
): NodeJS.ProcessEnv {
  const wanted = {
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    // The endpoint keeps no metrics; their exporter would print its failures into the program's output.
    OTEL_METRICS_EXPORTER: "none",
    OTEL_SERVICE_NAME: agent,
  };
  const missing = Object.entries(wanted).filter(
    ([name, value]) => value !== undefined && (given[name] ?? "") === "",
  );
  return Object.fromEntries(missing);
}
