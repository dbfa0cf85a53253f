/** Paths inside a sandbox's working folder. */

/** The working folder, as programs see it. */
export const workFolder = "/work";

/** Characters of a relative path at most. */
export const maxPathLength = 1_024;

/**
 * A path as a program writes it (relative to the working folder, or absolute) as the relative path of a file in the working folder.
 *
 * @returns undefined for a path that leaves the folder, for the folder itself, for one that no file can have, and for more than `maxPathLength` characters
 * @example workPath("./src/../add.js") // "add.js"
 * @example workPath("/etc/passwd")     // undefined
 */
export function workPath(path: string): string | undefined {
  if (path.includes("\0")) return undefined;
  const absolute = path.startsWith("/") ? path : `${workFolder}/${path}`;
  const parts: string[] = [];
  for (const part of absolute.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const [first, ...rest] = parts;
  const relative = rest.join("/");
  const isInside = `/${first}` === workFolder && relative !== "";
  return isInside && relative.length <= maxPathLength ? relative : undefined;
}
