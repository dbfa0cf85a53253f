/** Reads bodies of requests, inflated where they are gzipped, with no more in memory than the limits allow. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";

/** How much of requests may be in memory. */
export interface BodyLimits {
  /** Bytes of one body, inflated. */
  readonly bodyBytes: number;
  /** Bytes of all bodies together that are being read or stored. */
  readonly totalBytes: number;
}

/** Counts the bytes of the requests under way and refuses what goes beyond the limits. */
export class BodyBudget {
  readonly #limits: BodyLimits;
  #used = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /**
   * Reads a body and runs `work` with it. The body's bytes count until the work has ended.
   *
   * Inflating stops at the limit, in pieces of 64 kB, so a gzip bomb takes no more memory than that.
   *
   * @throws OTLP_TOO_LARGE; OTLP_BUSY; OTLP_INVALID for a body that is not valid gzip or ends early; OTLP_TYPE_UNKNOWN for
   * another encoding
   */
  async with<T>(request: Request, work: (body: Uint8Array) => Promise<T>): Promise<T> {
    const reserved: Reserved = { bytes: 0 };
    try {
      return await work(await this.#read(request, reserved));
    } finally {
      this.#used -= reserved.bytes;
    }
  }

  async #read(request: Request, reserved: Reserved): Promise<Uint8Array> {
    const { bodyBytes } = this.#limits;
    if (Number(request.headers.get("content-length") ?? 0) > bodyBytes) throw tooLarge(bodyBytes);
    const body = request.body;
    if (body === null) return new Uint8Array();
    const isGzip = isGzipped(request.headers.get("content-encoding"));
    const raw = Readable.from(body);
    const plain = isGzip ? inflated(raw) : raw;
    const pieces: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const piece of plain as AsyncIterable<Uint8Array>) {
        length += piece.length;
        if (length > bodyBytes) throw tooLarge(bodyBytes);
        this.#reserve(piece.length, reserved);
        pieces.push(piece);
      }
    } catch (error) {
      if (isHoneError(error)) throw error;
      throw new HoneError("OTLP_INVALID", { problem: messageOf(error) }, { cause: error });
    } finally {
      raw.destroy();
      plain.destroy();
    }
    return Buffer.concat(pieces);
  }

  #reserve(bytes: number, reserved: Reserved): void {
    const { totalBytes } = this.#limits;
    if (this.#used + bytes > totalBytes)
      throw new HoneError("OTLP_BUSY", { limitBytes: totalBytes });
    this.#used += bytes;
    reserved.bytes += bytes;
  }
}

/** The bytes that one request has taken from the budget. */
interface Reserved {
  bytes: number;
}

/** True for gzip, false for no encoding. @throws OTLP_TYPE_UNKNOWN for another one */
function isGzipped(encoding: string | null): boolean {
  const name = (encoding ?? "").trim().toLowerCase();
  if (name === "gzip" || name === "" || name === "identity") return name === "gzip";
  throw new HoneError("OTLP_TYPE_UNKNOWN", {
    header: "content-encoding",
    got: JSON.stringify(name.slice(0, 100)),
    expected: "gzip or none",
  });
}

function inflated(raw: Readable): Readable {
  const gunzip = createGunzip({ chunkSize: 65_536 });
  raw.on("error", (error) => gunzip.destroy(error));
  // Errors reach the reader; one that comes after the reader has given the body up is ignored.
  gunzip.on("error", () => undefined);
  return raw.pipe(gunzip);
}

const tooLarge = (limitBytes: number): HoneError => new HoneError("OTLP_TOO_LARGE", { limitBytes });
