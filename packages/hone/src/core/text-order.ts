/**
 * The order of texts that every store shares: by code points, which is the order of their UTF-8 bytes (SQLite's BINARY,
 * PostgreSQL's "C"). JavaScript's own `<` compares UTF-16 units and puts 𝄞 (U+1D11E) before ﬁ (U+FB01).
 */

/** Negative when `a` comes first, 0 when they are equal. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above every other unit. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
