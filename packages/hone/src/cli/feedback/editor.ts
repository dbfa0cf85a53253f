/** Editing a text in the user's editor. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HoneError, messageOf } from "../../core/errors.ts";

/**
 * Opens the text in the editor that VISUAL or EDITOR names. Returns the text as it was saved when the editor has ended.
 * @throws EDITOR_FAILED when the editor cannot be started or ends with an error
 */
export async function edited(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const fallback = process.platform === "win32" ? "notepad" : "vi";
  const editor = environment["VISUAL"] || environment["EDITOR"] || fallback;
  const folder = await mkdtemp(join(tmpdir(), "hone-edit-"));
  const file = join(folder, "answer.md");
  try {
    await writeFile(file, text, { mode: 0o600 });
    await run(editor, file);
    return await readFile(file, "utf8");
  } catch (error) {
    const facts = { editor, problem: messageOf(error) };
    throw new HoneError("EDITOR_FAILED", facts, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the editor through a shell, since the variable may hold options. The name of the file is safe within quotes. */
function run(editor: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(`${editor} "${file}"`, { shell: true, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(code === null ? `ended by ${signal}` : `exit code ${code}`));
    });
  });
}
