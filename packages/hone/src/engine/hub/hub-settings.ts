/** The hub's address, the folder of its cache and the token, from the environment variables that Hugging Face's tools use. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";

/** Variables by name, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** Without a slash at its end. `HF_ENDPOINT`, else https://huggingface.co */
  readonly endpoint: string;
  /** `HF_HUB_CACHE`, else `HF_HOME`/hub, else ~/.cache/huggingface/hub */
  readonly cache: string;
  /** `HF_TOKEN`, else the file that a login with Hugging Face's tools writes. */
  readonly token?: string;
  /** `HF_HUB_OFFLINE`: nothing is asked over the network. */
  readonly offline: boolean;
}

/** @throws OPTION_INVALID when HF_ENDPOINT is no web address or HF_TOKEN cannot be sent */
export async function hubSettings(environment: Environment): Promise<HubSettings> {
  const token = await findToken(environment);
  return {
    endpoint: endpointOf(environment),
    cache: cacheFolder(environment),
    offline: isTrue(environment["HF_HUB_OFFLINE"] || environment["TRANSFORMERS_OFFLINE"]),
    ...(token === undefined ? {} : { token }),
  };
}

/** The folder that holds `models--…` folders. */
export function cacheFolder(environment: Environment): string {
  const { HF_HUB_CACHE: cache, HUGGINGFACE_HUB_CACHE: olderName } = environment;
  return expandHome(cache || olderName || join(homeOf(environment), "hub"));
}

function homeOf({ HF_HOME: home, XDG_CACHE_HOME: caches }: Environment): string {
  return expandHome(home || join(caches || join(homedir(), ".cache"), "huggingface"));
}

function expandHome(path: string): string {
  return resolve(path.replace(/^~(?=$|[\\/])/, () => homedir()));
}

function endpointOf(environment: Environment): string {
  const endpoint = environment["HF_ENDPOINT"] || "https://huggingface.co";
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    const expected = "a web address such as https://huggingface.co";
    throw new HoneError("OPTION_INVALID", {
      where: "the hub",
      option: "HF_ENDPOINT",
      got: endpoint,
      expected,
    });
  }
  return endpoint.replace(/\/+$/, "");
}

async function findToken(environment: Environment): Promise<string | undefined> {
  const file = environment["HF_TOKEN_PATH"] || join(homeOf(environment), "token");
  const token = (
    environment["HF_TOKEN"] || (await readFile(expandHome(file), "utf8").catch(() => ""))
  ).trim();
  if (token === "") return undefined;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    // The value itself stays out of the message: messages end up in logs.
    const expected = "printable characters without spaces";
    throw new HoneError("OPTION_INVALID", {
      where: "the hub",
      option: "HF_TOKEN",
      got: "another text",
      expected,
    });
  }
  return token;
}

function isTrue(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes((value ?? "").toUpperCase());
}
