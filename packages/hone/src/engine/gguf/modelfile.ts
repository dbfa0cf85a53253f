/** Ollama's Modelfile for an exported model or adapter. */
import { basename, dirname, join } from "node:path";

/**
 * Where the Modelfile of a .gguf file is written: beside it, under its name, so that two exports into one folder keep their own.
 * @example modelfilePath("out/solver.gguf"); // "out/solver.Modelfile"
 */
export const modelfilePath = (out: string): string =>
  join(dirname(out), `${basename(out, ".gguf")}.Modelfile`);

/**
 * The text of a Modelfile. Ollama takes the chat template out of the GGUF file where it knows the template.
 * @param stops texts that end a reply
 */
export function modelfile({
  from,
  adapter,
  stops,
}: {
  readonly from: string;
  readonly adapter?: string;
  readonly stops: readonly string[];
}): string {
  const lines = [
    `FROM ${from}`,
    ...(adapter === undefined ? [] : [`ADAPTER ${adapter}`]),
    ...stops.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
  ];
  return `${lines.join("\n")}\n`;
}
