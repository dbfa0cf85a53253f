/** The weights of a model folder as files of llama.cpp, one of each type it is measured in. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "./children.ts";

export type LlamaType = "f32" | "bf16" | "q8_0";

/** Makes the file in the folder and gives its path. */
export async function llamaFile(python: string, folder: string, type: LlamaType): Promise<string> {
  const path = join(folder, `${type}.gguf`);
  const script = fileURLToPath(new URL("peers/make_gguf.py", import.meta.url));
  await runChild(python, [script, folder, type, path]);
  return path;
}
