/** The address that `hone serve --json` says it listens at. @param lines its stdout @throws Error when it ends before */
export async function listening(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const { url } = JSON.parse(line) as { readonly url?: string };
    if (url !== undefined) return url;
  }
  throw new Error("hone serve ended before it listened");
}
