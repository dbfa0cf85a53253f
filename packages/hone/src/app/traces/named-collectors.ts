/** Collectors by name, whose address and headers come from the environment variables that their own tools read. */
import { HoneError } from "../../core/errors.ts";

/** Where spans are sent, and with which headers. */
export interface NamedCollector {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const collectors: Readonly<Record<string, (environment: Environment) => NamedCollector>> = {
  /** W&B Weave: https://docs.wandb.ai/weave/guides/tracking/otel */
  weave(environment) {
    const key = needed(environment, "WANDB_API_KEY");
    const project = needed(environment, "WANDB_PROJECT");
    const isWhole = project.includes("/");
    return {
      url: `${environment["WF_TRACE_SERVER_URL"] ?? "https://trace.wandb.ai"}/otel`,
      headers: {
        "wandb-api-key": key,
        project_id: isWhole ? project : `${needed(environment, "WANDB_ENTITY")}/${project}`,
      },
    };
  },
};

/** @throws COLLECTOR_VARIABLE_MISSING */
function needed(environment: Environment, variable: string): string {
  const value = environment[variable];
  if (value) return value;
  throw new HoneError("COLLECTOR_VARIABLE_MISSING", { variable });
}

/**
 * The collector of a name; undefined for what is no name, such as an address.
 * @throws COLLECTOR_VARIABLE_MISSING where a variable that it needs is not set
 */
export const namedCollector = (
  name: string,
  environment: Environment,
): NamedCollector | undefined =>
  Object.hasOwn(collectors, name) ? collectors[name]!(environment) : undefined;
