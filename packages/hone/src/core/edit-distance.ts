/** How far apart two words are: letters to insert, delete or replace (Levenshtein 1966). @example editDistance("shwo", "show"); // 2 */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const line = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      line.push(Math.min(replaced, above[j]! + 1, line[j - 1]! + 1));
    }
    above = line;
  }
  return above[b.length]!;
}
