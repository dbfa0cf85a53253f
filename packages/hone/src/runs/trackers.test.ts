import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { metricsFormat } from "../formats/metrics-format.ts";
import { readJsonl } from "./jsonl-log.ts";
import { combineTrackers, MetricsTracker } from "./metrics.ts";
import { crc32c, frame, TensorBoardTracker, wholeRecords } from "./tensorboard.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hone-trackers-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("metrics.jsonl", () => {
  const path = (): string => join(folder, "metrics.jsonl");
  const rows = () => readJsonl(path(), metricsFormat);

  it("keeps numbers that JSON cannot say", async () => {
    const tracker = new MetricsTracker(path());
    tracker.scalars("sft", 1, { loss: Number.NaN, ratio: Infinity, reward: -0.1 });
    tracker.histogram("sft", 1, "reward", [1, -Infinity]);
    await tracker.close();
    const [scalars, histogram] = await rows();
    expect(scalars).toMatchObject({
      section: "sft",
      step: 1,
      values: { loss: Number.NaN, ratio: Infinity, reward: -0.1 },
    });
    expect(histogram!.histograms).toEqual({ reward: [1, -Infinity] });
  });

  it("starts with its format and version, and refuses another", async () => {
    await new MetricsTracker(path()).close();
    expect(await readFile(path(), "utf8")).toBe('{"format":"hone.metrics","version":1}\n');
    await writeFile(path(), '{"format":"hone.metrics","version":2}\n');
    await expect(rows()).rejects.toMatchObject({ code: "FORMAT_UNKNOWN_VERSION" });
    await writeFile(path(), '{"format":"hone.samples","version":1}\n');
    await expect(rows()).rejects.toMatchObject({ code: "FILE_DAMAGED" });
  });

  it("drops a row that a kill tore, and goes on after the last whole one", async () => {
    const tracker = new MetricsTracker(path());
    for (const step of [1, 2]) tracker.scalars("sft", step, { loss: step });
    await tracker.close();
    await appendFile(path(), '{"section":"sft","step":3,"val');
    expect(await rows()).toHaveLength(2);
    const again = new MetricsTracker(path());
    again.scalars("sft", 3, { loss: 3 });
    await again.close();
    expect((await rows()).map((row) => row.values)).toEqual([
      { loss: 1 },
      { loss: 2 },
      { loss: 3 },
    ]);
  });

  it("starts again when not even its header is whole", async () => {
    await writeFile(path(), '{"format":"hone.me');
    const tracker = new MetricsTracker(path());
    tracker.scalars("sft", 1, { loss: 1 });
    await tracker.close();
    expect(await rows()).toHaveLength(1);
  });

  it("names the line of a row that cannot be read", async () => {
    const tracker = new MetricsTracker(path());
    tracker.scalars("sft", 1, { loss: 1 });
    await tracker.close();
    await appendFile(path(), '{"section":"sft","step":"two"}\n');
    await expect(rows()).rejects.toThrow(/metrics\.jsonl:3 .*step/);
  });
});

describe("TensorBoard events", () => {
  const path = (): string => join(folder, "events.out.tfevents.0.hone");

  it("are summed with CRC-32C", () => {
    // The check value of the polynomial, and RFC 3720 B.4: 32 bytes of zeros.
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });

  it("are framed as TFRecord frames them", () => {
    // Sums from TensorBoard's own masked_crc32c.
    expect(Buffer.from(frame(Buffer.from("abc"))).toString("hex")).toBe(
      "0300000000000000b099490e6162636e57f121",
    );
  });

  it("hold a step, a tag and a value where TensorBoard looks for them", async () => {
    const tracker = new TensorBoardTracker(path());
    tracker.scalars("grpo", 7, { reward: 8.5 });
    await tracker.close();
    const [version, scalar] = records(await readFile(path()));
    expect(fields(version!)[3]).toEqual(Buffer.from("brain.Event:2"));
    expect(fields(scalar!)[2]).toBe(7);
    const value = fields(fields(fields(scalar!)[5] as Buffer)[1] as Buffer);
    expect(value[1]).toEqual(Buffer.from("grpo/reward"));
    expect(value[2]).toBe(8.5);
  });

  it("count a histogram's values in buckets that begin at the least and end at the greatest", async () => {
    const tracker = new TensorBoardTracker(path());
    tracker.histogram("grpo", 1, "reward", [0, 3, 3, Number.NaN, 30]);
    await tracker.close();
    const event = fields(records(await readFile(path()))[1]!);
    const value = fields(fields(event[5] as Buffer)[1] as Buffer);
    expect(value[1]).toEqual(Buffer.from("grpo/reward_histogram"));
    const histogram = fields(value[5] as Buffer);
    expect([1, 2, 3, 4, 5].map((field) => histogram[field])).toEqual([0, 30, 4, 36, 918]);
    const limits = doubles(histogram[6] as Buffer);
    const counts = doubles(histogram[7] as Buffer);
    expect(limits.slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
    expect(counts.slice(0, 5)).toEqual([0, 1, 0, 0, 2]);
    expect([limits.length, counts.length, limits.at(-1), counts.at(-1)]).toEqual([31, 31, 30, 1]);
  });

  it("that a kill tore are dropped when the file is opened again", async () => {
    const tracker = new TensorBoardTracker(path());
    for (const step of [1, 2, 3]) tracker.scalars("sft", step, { loss: step });
    await tracker.close();
    const whole = await readFile(path());
    await truncate(path(), whole.length - 5);
    const again = new TensorBoardTracker(path());
    again.scalars("sft", 3, { loss: 3 });
    await again.close();
    const bytes = await readFile(path());
    expect(bytes.length).toBe(whole.length);
    expect(wholeRecords(bytes)).toBe(bytes.length);
  });
});

describe("combined trackers", () => {
  it("hand a histogram only to those that take one", async () => {
    const seen: string[] = [];
    const plain = { scalars: () => seen.push("plain scalars"), close: async () => {} };
    const full = { ...plain, histogram: () => seen.push("histogram") };
    const both = combineTrackers([plain, full]);
    both.histogram!("sft", 1, "reward", [1]);
    both.scalars("sft", 1, {});
    expect(seen).toEqual(["histogram", "plain scalars", "plain scalars"]);
  });
});

function records(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    found.push(bytes.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
  return found;
}

/** The last value of each field of a protobuf message; its numbers here are below 128, so a varint is a byte. */
function fields(message: Buffer): Record<number, Buffer | number> {
  const found: Record<number, Buffer | number> = {};
  for (let at = 0; at < message.length;) {
    const [field, type] = [message[at]! >> 3, message[at]! & 7];
    at++;
    if (type === 0) found[field] = message[at]!;
    else if (type === 1) found[field] = message.readDoubleLE(at);
    else if (type === 5) found[field] = message.readFloatLE(at);
    else {
      // A length may take two bytes.
      const size = message[at]! < 128 ? 1 : 2;
      const length = size === 1 ? message[at]! : (message[at]! & 127) + message[at + 1]! * 128;
      found[field] = message.subarray(at + size, at + size + length);
      at += size + length;
    }
    at += { 0: 1, 1: 8, 5: 4 }[type] ?? 0;
  }
  return found;
}

const doubles = (packed: Buffer): number[] =>
  Array.from({ length: packed.length / 8 }, (_, i) => packed.readDoubleLE(i * 8));
