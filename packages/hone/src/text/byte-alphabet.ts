/**
 * The printable character that stands for each byte in a byte-level vocabulary.
 *
 * A byte that is a visible character of Latin-1 (33–126, 161–172, 174–255) stands for itself; the other 68 take the
 * characters from U+0100 on, in order. So every entry of a vocabulary is visible text, and a space is "Ġ".
 *
 * @source Radford et al. 2019, Language Models are Unsupervised Multitask Learners, §2.2; the table is that of GPT-2's release
 */
const printsAsItself = (byte: number): boolean =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);

/** [256] byte → character */
export const byteToCharacter: readonly string[] = makeAlphabet();

function makeAlphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printsAsItself(byte) ? byte : next++),
  );
}

/** character → byte */
export const characterToByte: ReadonlyMap<string, number> = new Map(
  byteToCharacter.map((character, byte) => [character, byte]),
);
