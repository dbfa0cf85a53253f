import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeFolderWhole } from "../../formats/whole-write.ts";
import { SetFiles } from "./set-files.ts";

const root = mkdtempSync(join(tmpdir(), "hone-set-files-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the files of sets", () => {
  it.skipIf(process.platform !== "linux")(
    "say that the disk is full, and are not there",
    async () => {
      const folder = join(root, "full");
      const filling = writeFolderWhole(folder, async (made) => {
        symlinkSync("/dev/full", join(made, "train.jsonl"));
        const files = new SetFiles(made);
        await files.add("", "train", { text: "a" });
        // The stream reports the error of the first row in a later turn.
        await new Promise((resolve) => setTimeout(resolve, 20));
        try {
          await files.add("", "train", { text: "b" });
        } finally {
          await files.end();
        }
      });
      await expect(filling).rejects.toThrow("DISK_FULL");
    },
  );
});
