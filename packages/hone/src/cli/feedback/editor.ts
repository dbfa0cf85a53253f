/** A text in the user's editor. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HoneError, messageOf } from "../../core/errors.ts";

/**
 * What the text is when the editor of VISUAL or EDITOR has ended.
 * @throws EDITOR_FAILED when it cannot be started or says that it failed
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

/** Through the shell, since the variable may hold options; the file's name is ours and needs only its quotes. */
function run(editor: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(`${editor} "${file}"`, { shell: true, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`it ended with ${code ?? signal}`));
    });
  });
}
