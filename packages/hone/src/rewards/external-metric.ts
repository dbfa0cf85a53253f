/** A component of a reward that something outside computes: a program, or a service behind a URL, in any language. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { endGroup } from "../core/end-group.ts";
import { fieldsOf } from "../core/json.ts";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import { type RewardComponent, rewardComponent, type RewardRange } from "./reward-computer.ts";

/** What computes the metric, and what it is given. Either `command` or `url`. */
export interface ExternalMetricOptions<Input> {
  /** Names the component in rewards and weights, and its field in an answer that is an object. */
  readonly name: string;
  /** A command line for the system's shell: it is given JSON on stdin and writes JSON to stdout. */
  readonly command?: string;
  /** An address that is sent JSON by POST and answers with JSON. */
  readonly url?: string;
  /** Headers of the requests to `url`, such as a key. Default: only the content type. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What is sent of an input. Default: all of it that JSON holds. */
  readonly sent?: (input: Input) => unknown;
  /** The values that it can have. Default 0 to 1. */
  readonly range?: RewardRange;
}

const optionNames = {
  name: true,
  command: true,
  url: true,
  headers: true,
  sent: true,
  range: true,
} as const;

/** Characters of what went wrong that are shown. */
const shownCharacters = 300;

/**
 * Makes a component whose value is what a program or a service answers: a number, or an object with a number under the component's name
 * or under `score`; null where the metric does not apply. Any other answer, an exit code other than 0, a status of 400 or more, and what
 * takes longer than the computer's time limit fail that reward (`REWARD_COMPONENT_FAILED`). A program is ended at the limit.
 *
 * @throws OPTION_INVALID where neither or both of `command` and `url` are given
 * @example
 * const rewards = new RewardComputer({ components: [exact, externalMetric({ name: "rouge", command: "python rouge.py" })] });
 */
export function externalMetric<Input>(
  options: ExternalMetricOptions<Input>,
): RewardComponent<Input> {
  checkOptions("externalMetric", options, optionNames);
  const { name, command, url, headers = {}, sent = (input) => input, range } = options;
  if ((command === undefined) === (url === undefined))
    throw optionChecks("externalMetric").invalid("command", command, "this or url, and not both");
  return rewardComponent<Input>({
    name,
    ...(range !== undefined && { range }),
    async compute(input, signal) {
      const body = JSON.stringify(sent(input));
      const answer = await (command === undefined
        ? posted(url!, { body, headers, signal })
        : answered(command, { body, signal }));
      return valueIn(answer, name);
    },
  });
}

interface Request {
  readonly body: string;
  readonly signal: AbortSignal;
}

async function posted(
  url: string,
  { body, headers, signal }: Request & { readonly headers: Readonly<Record<string, string>> },
): Promise<string> {
  const response = await fetch(url, {
    ...{ method: "POST", body, signal },
    headers: { "content-type": "application/json", ...headers },
  });
  const said = await response.text();
  if (!response.ok)
    throw new Error(`it answered ${response.status}: ${said.slice(0, shownCharacters)}`);
  return said;
}

async function answered(command: string, { body, signal }: Request): Promise<string> {
  // A group of its own, which is ended as a whole. Windows has no groups.
  const detached = process.platform !== "win32";
  const child = spawn(command, { shell: true, detached, stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "close");
  const end = (): void => endGroup(child.pid, detached);
  signal.addEventListener("abort", end, { once: true });
  // A signal that aborted before tells no listener.
  if (signal.aborted) end();
  // A program that does not read what it is given is no error.
  child.stdin.on("error", () => undefined).end(body);
  const outputs = Promise.all([text(child.stdout), text(child.stderr), ended]);
  const [said, problems] = await outputs.finally(() => signal.removeEventListener("abort", end));
  const { exitCode } = child;
  if (exitCode !== 0)
    throw new Error(`it ended with code ${exitCode}: ${problems.trim().slice(-shownCharacters)}`);
  return said;
}

/** @throws Error for an answer that holds no number */
function valueIn(answer: string, name: string): number | undefined {
  const said = `it answered ${JSON.stringify(answer.trim().slice(0, shownCharacters))}`;
  let json: unknown;
  try {
    json = JSON.parse(answer);
  } catch {
    throw new Error(`${said}, which is not JSON`);
  }
  const fields = fieldsOf(json);
  const field = Object.hasOwn(fields, name) ? name : "score";
  const value = typeof json === "object" && json !== null ? fields[field] : json;
  if (value === null) return undefined;
  if (typeof value === "number") return value;
  throw new Error(`${said}, in which there is no number, ${name} or score`);
}
