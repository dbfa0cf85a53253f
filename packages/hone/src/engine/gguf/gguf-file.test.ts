/** The header of GGUF files that are cut, damaged or lie: each is an error that names the file, and is quick. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openGguf } from "./gguf-file.ts";
import { writeGguf, type WrittenValue } from "./gguf-writer.ts";
import { readGgufTensor } from "./read-tensor.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hone-gguf-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: bigint | number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

interface Parts {
  readonly magic?: string;
  readonly version?: number;
  readonly tensorCount?: bigint | number;
  readonly keyCount?: bigint | number;
  readonly keys?: readonly Buffer[];
  readonly tensors?: readonly Buffer[];
  readonly data?: Uint8Array;
}

/** The bytes of a file, each part of which may be wrong. */
function bytesOf({ magic = "GGUF", version = 3, keys = [], tensors = [], data, ...counts }: Parts) {
  const { tensorCount = tensors.length, keyCount = keys.length } = counts;
  const start = [Buffer.from(magic), u32(version), u64(tensorCount), u64(keyCount)];
  const header = Buffer.concat([...start, ...keys, ...tensors]);
  const gap = Buffer.alloc((32 - (header.length % 32)) % 32);
  return Buffer.concat([header, gap, data ?? Buffer.alloc(0)]);
}

interface Row {
  readonly name?: string;
  readonly sizes?: readonly (bigint | number)[];
  readonly type?: number;
  readonly offset?: bigint | number;
}

const tensor = ({ name = "t", sizes = [4], type = 0, offset = 0 }: Row = {}) =>
  Buffer.concat([text(name), u32(sizes.length), ...sizes.map(u64), u32(type), u64(offset)]);

let count = 0;
/** How opening these bytes ends: the first line of the error. */
async function opened(parts: Parts | Uint8Array): Promise<string> {
  const path = join(root, `${count++}.gguf`);
  await writeFile(path, parts instanceof Uint8Array ? parts : bytesOf(parts));
  try {
    openGguf(path);
  } catch (error) {
    return (error as Error).message.split("\n")[0]!.replace(path, "FILE");
  }
  return "opened";
}

describe("the header of a GGUF file", () => {
  it("gives back what was written", async () => {
    const path = join(root, "whole.gguf");
    const metadata = new Map<string, WrittenValue>([
      ["a.text", { type: "text", value: "naïve 🎉" }],
      ["a.list", { type: "texts", value: ["", "x"] }],
      ["a.numbers", { type: "i32s", value: [-1, 2] }],
      ["a.float", { type: "f32", value: 1e-5 }],
      ["a.flag", { type: "bool", value: true }],
    ]);
    const values = Float32Array.from({ length: 64 }, (_, i) => i - 20);
    const data = async () => values;
    await writeGguf(path, metadata, [
      { name: "halves", shape: [2, 32], type: "F16", data },
      { name: "blocks", shape: [2, 32], type: "Q8_0", data },
      { name: "singles", shape: [64], type: "F32", data },
    ]);
    const file = openGguf(path);
    const { metadata: read } = file;
    expect([read.text("a.text"), read.texts("a.list"), read.numbers("a.numbers")]).toEqual([
      "naïve 🎉",
      ["", "x"],
      [-1, 2],
    ]);
    expect([read.decimal("a.float"), read.boolean("a.flag", false)]).toEqual([1e-5, true]);
    expect(file.tensors.get("halves")!.shape).toEqual([2, 32]);
    expect(await readGgufTensor(file.tensors.get("halves")!)).toEqual(values);
    expect(await readGgufTensor(file.tensors.get("singles")!)).toEqual(values);
  });

  it("must begin as a little-endian file of version 2 or 3", async () => {
    expect(await opened(Buffer.alloc(0))).toBe(
      'GGUF_INVALID: FILE is not a GGUF file hone can read: it does not begin with "GGUF".',
    );
    expect(await opened({ magic: "GGML" })).toContain('it does not begin with "GGUF"');
    expect(await opened(Buffer.from("version https://git-lfs.github.com/spec/v1\n"))).toContain(
      'does not begin with "GGUF"',
    );
    const formats = "its file format is";
    const reads = "; hone reads version 2, version 3.";
    expect(await opened({ version: 1 })).toBe(
      `GGUF_UNSUPPORTED: FILE: ${formats} version 1${reads}`,
    );
    expect(await opened({ version: 4 })).toContain(`${formats} version 4${reads}`);
    expect(await opened({ version: 0x03000000 })).toContain(
      `${formats} big-endian numbers${reads}`,
    );
    expect(await opened({ version: 2 })).toBe("opened");
    expect(await opened({ version: 3 })).toBe("opened");
  });

  it("that is not there is looked for by its path, not as a model to train", () => {
    expect(() => openGguf(join(root, "none.gguf"))).toThrow(/none\.gguf.*\n.*path of the file/);
  });

  it("is refused wherever the file is cut", async () => {
    const list = Buffer.concat([text("list"), u32(9), u32(8), u64(2), text("ab"), text("c")]);
    const keys = [Buffer.concat([text("key"), u32(8), text("value")]), list];
    const data = Buffer.alloc(48);
    const tensors = [tensor(), tensor({ name: "u", offset: 32 })];
    const whole = bytesOf({ keys, tensors, data });
    expect(await opened(whole)).toBe("opened");
    for (let length = 0; length < whole.length; length++)
      expect(await opened(whole.subarray(0, length))).toMatch(/^GGUF_(TRUNCATED|INVALID): FILE/);
  });

  it("may not state counts that the file cannot hold", async () => {
    const most = 2n ** 64n - 1n;
    const follow = "which do not fit into the 16 bytes that follow";
    expect(await opened({ tensorCount: most })).toContain(`it states ${most} tensors, ${follow}`);
    expect(await opened({ keyCount: most })).toMatch(/states 18446744073709551615 metadata keys/);
    const key = (value: readonly Buffer[]) => ({ keys: [Buffer.concat([text("k"), ...value])] });
    expect(await opened(key([u32(8), u64(2n ** 40n)]))).toMatch(
      /states 1099511627776 bytes of a text/,
    );
    expect(await opened(key([u32(9), u32(4), u64(2n ** 62n)]))).toMatch(/values of a list/);
    expect(await opened(key([u32(13)]))).toContain("a value has the type 13");
    expect(await opened({ tensors: [tensor({ sizes: [1, 1, 1, 1, 1] })] })).toContain(
      "has 5 dimensions",
    );
    expect(await opened({ tensors: [tensor({ sizes: [2n ** 63n, 4] })] })).toContain(
      "file cannot hold",
    );
    expect(await opened({ tensors: [tensor({ sizes: [0] })] })).toContain("file cannot hold");
    const nested = Array.from({ length: 50 }, () => [u32(9), u64(1)]).flat();
    expect(await opened(key([u32(9), ...nested]))).toContain("a list lies in more than 4 lists");
  });

  it("may not have offsets beyond the file, in other tensors, or anywhere", async () => {
    const data = Buffer.alloc(64);
    expect(await opened({ tensors: [tensor({ offset: 64 })], data })).toMatch(
      /^GGUF_TRUNCATED: FILE ends too early: its tensor "t" needs \d+ bytes/,
    );
    expect(await opened({ tensors: [tensor({ offset: 2n ** 63n })], data })).toContain(
      'the tensor "t" is at the offset 9223372036854775808',
    );
    expect(await opened({ tensors: [tensor({ offset: 4 })], data })).toContain("no multiple of 32");
    const overlapping = [tensor({ sizes: [16] }), tensor({ name: "u", offset: 32 })];
    expect(await opened({ tensors: overlapping, data })).toContain(
      'the bytes of the tensor "u" overlap another tensor\'s',
    );
    expect(await opened({ tensors: [tensor(), tensor({ offset: 32 })], data })).toContain(
      'it has the tensor "t" twice',
    );
  });

  it("names a stored type that is not read", async () => {
    const data = Buffer.alloc(64);
    expect(await opened({ tensors: [tensor({ type: 20, sizes: [32] })], data })).toMatch(
      /^GGUF_UNSUPPORTED: FILE: its stored type is the type IQ4_NL \(of the tensor "t"\); hone reads F32, F16/,
    );
    expect(await opened({ tensors: [tensor({ type: 99 })], data })).toContain("the type 99");
    expect(await opened({ tensors: [tensor({ type: 2, sizes: [33] })], data })).toContain(
      "Q4_0 with rows of 33 numbers",
    );
  });

  it("refuses a million keys by their count, a key twice, texts that are no UTF-8, and a strange alignment", async () => {
    const key = (name: string) => Buffer.concat([text(name), u32(7), Buffer.of(1)]);
    // The same key a million times: the count alone must be enough to refuse them.
    const million = Buffer.alloc(1_000_000 * key("k").length, key("k"));
    expect(await opened({ keys: [million], keyCount: 1_000_000 })).toContain(
      "it has 1000000 metadata keys; 65536 are read at most",
    );
    expect(await opened({ keys: [key("k"), key("k")] })).toContain('the metadata key "k" twice');
    const bad = Buffer.concat([u64(1), Buffer.of(0xff), u32(7), Buffer.of(1)]);
    expect(await opened({ keys: [bad] })).toContain("a key is not UTF-8");
    const aligned = Buffer.concat([text("general.alignment"), u32(4), u32(33)]);
    expect(await opened({ keys: [aligned] })).toContain("its alignment is 33");
    expect(
      await opened({ keys: [Buffer.concat([text("general.alignment"), u32(8), text("x")])] }),
    ).toContain('its metadata key "general.alignment" is "x"; a whole number from 0 is expected');
  });
});
