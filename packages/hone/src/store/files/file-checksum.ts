/**
 * The checksum in a trace's file: the last line of its `hone` object, over the text of the file without that line.
 *
 * It finds damage after which the file is still valid JSON. It is computed over the text that hone would write for what the file
 * says, so a file that a formatter has laid out anew, with its keys in the same order, has the same checksum. A file without the
 * line is read without this check: files of earlier versions, of other programs, and files from which a person who edited them
 * has deleted the line.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { isObject } from "../../core/json.ts";
import { layAnew } from "../../formats/encode-trace.ts";

/** How the text of `encodeTrace` ends, and so how a sealed file ends after its checksum. */
const end = "\n  }\n}\n";
const SEAL = /,\n {4}"checksum": "([0-9a-f]{32})"\n {2}\}\n\}\n$/;

/** Largest length of what `SEAL` matches. */
const sealLength = 64;

/** The first half of the SHA-256 of a text, in hex. */
export const checksumOf = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 32);

/** The text of `encodeTrace` with its checksum. */
export const sealed = (text: string): string =>
  `${text.slice(0, -end.length)},\n    "checksum": "${checksumOf(text)}"${end}`;

/** The checksum of a file as hone writes it. Undefined for a file without one, and for one in another writing. */
export const sealOf = (text: string): string | undefined => SEAL.exec(text)?.[1];

/** As `sealOf`, of a file of which only the end is read. Undefined also where there is no such file. */
export async function sealOfFile(file: string): Promise<string | undefined> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, sealLength);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return sealOf(buffer.toString("latin1"));
  } finally {
    await handle.close();
  }
}

/** Whether a file is as it was written, as far as it has a checksum. @param json  what the text is the JSON of */
export function isIntact(text: string, json: unknown): boolean {
  const seal = sealOf(text);
  if (seal !== undefined && checksumOf(text.replace(SEAL, end)) === seal) return true;
  if (!isObject(json) || !isObject(json["hone"])) return true;
  const { checksum, ...hone } = json["hone"];
  return checksum === undefined || checksumOf(layAnew({ ...json, hone })) === checksum;
}
