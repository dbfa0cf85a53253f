/**
 * A word as a POSIX shell reads it, in quotes where it needs them.
 * @example shellWord("it's"); // 'it'\''s'
 */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
