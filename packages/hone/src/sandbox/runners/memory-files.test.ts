import { expect, it } from "vitest";
import { type EmscriptenFiles, MemoryFiles } from "./memory-files.ts";
import { workFolder } from "../work-path.ts";

/** A folder of a file system that is an object: folders are maps, and a link is the map that it leads to. */
type Folder = Map<string, Folder | Uint8Array>;

function fileSystem(root: Folder): EmscriptenFiles {
  const ids = new Map<unknown, number>();
  const at = (path: string): Folder | Uint8Array =>
    path
      .slice(workFolder.length)
      .split("/")
      .filter((name) => name !== "")
      .reduce<Folder | Uint8Array>((folder, name) => (folder as Folder).get(name)!, root);
  const unused = () => undefined;
  return {
    ...{ mkdirTree: unused, writeFile: unused, createDevice: unused, ErrnoError },
    filesystems: {
      MEMFS: {
        createNode: () => ({}),
        resizeFileStorage: unused,
        stream_ops: { write: () => 0 },
        ops_table: { file: { stream: { write: () => 0 } } },
      },
    },
    readFile: (path) => at(path) as Uint8Array,
    readdir: (path) => [".", "..", ...(at(path) as Folder).keys()],
    stat(path) {
      const node = at(path);
      if (!ids.has(node)) ids.set(node, ids.size);
      return { mode: node instanceof Map ? 1 : 2, ino: ids.get(node)! };
    },
    isDir: (mode) => mode === 1,
    isFile: (mode) => mode === 2,
  };
}

class ErrnoError extends Error {
  constructor(errno: number) {
    super(String(errno));
  }
}

const limits = { fileCount: 10, fileBytes: 100 };

it("reads files however deep they lie, and goes through a link to a folder above once", () => {
  const root: Folder = new Map();
  const deepest = Array.from({ length: 100 }).reduce<Folder>((folder) => {
    const below: Folder = new Map();
    folder.set("d", below);
    return below;
  }, root);
  deepest.set("deep.txt", new Uint8Array([7]));
  deepest.set("up", root);
  root.set("beside", deepest);
  const files = [...new MemoryFiles(fileSystem(root), limits).readAll()];
  expect(files.map(([path]) => path)).toEqual([`${"d/".repeat(100)}deep.txt`, "beside/deep.txt"]);
  expect(files[0]![1]).toEqual(new Uint8Array([7]));
});
