/** Names of files made of any text. */
import { createHash } from "node:crypto";

/** Largest length of an encoded name; a longer one ends in a hash. File systems take 255 bytes. */
const maxNameLength = 180;

/** Names that Windows keeps for devices, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A text as a file name that is valid on every system: letters, digits, `_`, `-` and inner dots stay, all other bytes of its
 * UTF-8 are percent-encoded, so that `../../x` does not lead out of the folder.
 *
 * @example encodeName("../../x"); // "%2E.%2F..%2Fx"
 */
export function encodeName(name: string): string {
  if (name === "") return "%";
  const escaped = [...Buffer.from(name)].map(encodeByte).join("");
  const outer = escaped.replace(/^\.|\.$/g, "%2E");
  const safe = DEVICE.test(outer) ? encodeByte(outer.charCodeAt(0), true) + outer.slice(1) : outer;
  if (safe.length <= maxNameLength) return safe;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return `${safe.slice(0, maxNameLength - 33).replace(/%.?$/, "")}~${hash}`;
}

function encodeByte(byte: number, isForced: unknown = false): string {
  const character = String.fromCharCode(byte);
  return isForced !== true && /[A-Za-z0-9_.-]/.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
