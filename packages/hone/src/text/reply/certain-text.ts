/** What is certain of a text that is still being written. */

/**
 * The text without its last characters where these may be the beginning of a mark, and without the white space before them,
 * which belongs to a mark that follows.
 */
export function beforeMark(text: string, mark: string): string {
  return text.slice(0, text.length - begunLength(text, mark)).trimEnd();
}

/** The text up to the first of some stop texts; of an unfinished one also without the beginning of such a text. */
export function beforeStop(text: string, stops: readonly string[], isPartial: boolean): string {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  if (places.length > 0) return text.slice(0, Math.min(...places));
  if (!isPartial) return text;
  return text.slice(0, text.length - Math.max(0, ...stops.map((stop) => begunLength(text, stop))));
}

/** How many characters at the end of a text are a beginning of the mark. */
function begunLength(text: string, mark: string): number {
  let length = Math.min(mark.length - 1, text.length);
  while (length > 0 && !text.endsWith(mark.slice(0, length))) length--;
  return length;
}
