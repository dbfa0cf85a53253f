/** One page of a site as text: with limits of time, size and redirects, and from another host only where that is asked for. */
import { HoneError, messageOf } from "../../core/errors.ts";

/** What came of an address. */
export type Fetched =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly type: string;
      readonly address: string;
    }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "type"; readonly type: string }
  | { readonly kind: "redirects" }
  | { readonly kind: "otherHost"; readonly address: string }
  | { readonly kind: "tooLarge" }
  | { readonly kind: "failed"; readonly problem: string };

/** How a page is fetched. */
export interface FetchTextOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes at most. */
  readonly maxBytes: number;
  /** Content types that are read; "" is that of an answer that names none. */
  readonly types: RegExp;
  /** Whether redirects are followed to other hosts. Default false. */
  readonly anyHost?: boolean;
  /** Time limit of each request, in ms. Default 20,000. */
  readonly timeoutMs?: number;
}

/** Redirects that are followed from one address. */
const MAX_REDIRECTS = 5;

/** @throws CANCELLED when the signal aborts; whatever else goes wrong is a result */
export async function fetchText(address: string, options: FetchTextOptions): Promise<Fetched> {
  const { origin } = new URL(address);
  let next = address;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const got = await requested(next, options);
    if (!("redirect" in got)) return got;
    if (!URL.canParse(got.redirect, next))
      return { kind: "failed", problem: "its redirect leads nowhere" };
    const target = new URL(got.redirect, next);
    if (
      !/^https?:$/.test(target.protocol) ||
      (options.anyHost !== true && target.origin !== origin)
    )
      return { kind: "otherHost", address: target.href };
    next = target.href;
  }
  return { kind: "redirects" };
}

async function requested(
  address: string,
  { signal, maxBytes, types, timeoutMs = 20_000 }: FetchTextOptions,
): Promise<Fetched | { readonly redirect: string }> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(address, {
      redirect: "manual",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: {
        "user-agent": "hone-extract (https://www.npmjs.com/package/hone-rl)",
        accept: "text/html, text/markdown, text/plain;q=0.5",
      },
    });
    const got = await read(answer, address, { maxBytes, types });
    // Of what is not read the connection is freed.
    if (!answer.bodyUsed) await answer.body?.cancel();
    return got;
  } catch (error) {
    if (signal?.aborted) throw new HoneError("CANCELLED", { what: "The crawl" }, { cause: error });
    if (limit.aborted) return { kind: "failed", problem: `no answer within ${timeoutMs} ms` };
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { kind: "failed", problem: messageOf(cause) };
  }
}

async function read(
  answer: Response,
  address: string,
  { maxBytes, types }: Pick<FetchTextOptions, "maxBytes" | "types">,
): Promise<Fetched | { readonly redirect: string }> {
  const { status, headers } = answer;
  const location = headers.get("location");
  if (status >= 300 && status < 400 && location !== null) return { redirect: location };
  if (!answer.ok) return { kind: "status", status };
  const [type = "", ...parameters] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  if (!types.test(type.trim())) return { kind: "type", type: type.trim() };
  const bytes = await bytesOf(answer, maxBytes);
  if (bytes === undefined) return { kind: "tooLarge" };
  const charset = /charset="?([\w-]+)/.exec(parameters.join(";"))?.[1] ?? declaredCharset(bytes);
  return { kind: "text", text: decoded(bytes, charset), type: type.trim(), address };
}

/** The body; undefined once it is larger than `maxBytes`. */
async function bytesOf(answer: Response, maxBytes: number): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body ?? []) {
    size += piece.length;
    if (size > maxBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The encoding that a page's head declares. */
const declaredCharset = (bytes: Buffer): string =>
  /<meta[^>]+charset=["']?([\w-]+)/i.exec(bytes.toString("latin1", 0, 2048))?.[1] ?? "utf-8";

function decoded(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder("utf-8").decode(bytes);
  }
}

/** Why there is no text, in words. @param limit  how large it may be */
export function fetchProblem(got: Exclude<Fetched, { kind: "text" }>, limit: string): string {
  switch (got.kind) {
    case "status":
      return `status ${got.status}`;
    case "type":
      return `content that is no page (${got.type === "" ? "no type" : got.type})`;
    case "redirects":
      return "redirects without end";
    case "otherHost":
      return `a redirect to another host (${got.address})`;
    case "tooLarge":
      return `larger than ${limit}`;
    default:
      return `no answer (${got.problem})`;
  }
}
