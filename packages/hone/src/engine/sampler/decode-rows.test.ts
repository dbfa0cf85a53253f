import { describe, expect, it, vi } from "vitest";
import { readArchitecture } from "../models/models.ts";
import { tinyConfig } from "../models/tiny.ts";
import { BufferPool } from "../runtime/buffer-pool.ts";
import { cacheSize, DecodeRows } from "./decode-rows.ts";
import { RowCaches } from "./row-caches.ts";
import { Sequence } from "./sequence.ts";

const limits = { maxRows: 64, maxPlaces: 4096, chunk: 8 };

describe("the size of the caches", () => {
  it("gives up rows that are not needed when longer ones would take more than the limit", () => {
    // 64 short rows were here; 64 rows of 1,024 places would be sixteen times the limit.
    const size = cacheSize({ rows: 64, places: 64 }, { rows: 1, places: 1024 }, limits);
    expect(size).toEqual({ rows: 4, places: 1024 });
  });

  it("lets one row in that is longer than the limit, with the second that it may be computed in", () => {
    const size = cacheSize({ rows: 64, places: 64 }, { rows: 1, places: 8192 }, limits);
    expect(size).toEqual({ rows: 2, places: 8192 });
  });

  it("grows by doubling, up to the most rows", () => {
    const size = (rows: number, needed: number): number =>
      cacheSize({ rows, places: 64 }, { rows: needed, places: 64 }, limits).rows;
    expect([size(0, 1), size(2, 3), size(4, 5), size(40, 41)]).toEqual([2, 4, 8, 64]);
  });

  it("keeps up to four times the places needed, unless the rows then pass the limit", () => {
    const places = (rows: number, current: number): number =>
      cacheSize({ rows: 2, places: current }, { rows, places: 128 }, limits).places;
    expect([places(8, 512), places(9, 512), places(1, 576)]).toEqual([512, 128, 128]);
  });
});

describe("rows being decoded", () => {
  const architecture = readArchitecture(
    tinyConfig({ vocabularySize: 128, layers: 1, width: 32, contextLength: 1024 }, 0, 0),
    "config.json",
  );
  const rowOf = (maxTokens: number) => {
    const params = { temperature: 1, topK: 0, topP: 1, minP: 0, stopTokens: [], stopStrings: [] };
    return { sequence: new Sequence([1], 0, { ...params, tellsKept: false, seed: 0, maxTokens }) };
  };

  it("take no more memory than allowed for one long row after many short ones", () => {
    const rows = new DecodeRows(new RowCaches(architecture, new BufferPool(0)), limits);
    rows.add(
      Array.from({ length: 64 }, () => rowOf(20)),
      [],
    );
    expect([rows.caches.rows, rows.caches.places]).toEqual([64, 64]);
    rows.clear();
    rows.add([rowOf(900)], []);
    expect([rows.caches.rows, rows.caches.places]).toEqual([4, 960]);
  });

  it("are as before when the caches could not grow", () => {
    const rows = new DecodeRows(new RowCaches(architecture, new BufferPool(0)), limits);
    rows.add([rowOf(20)], []);
    expect(() => rows.add([rowOf(2 ** 50)], [])).toThrow(RangeError);
    expect([rows.all.length, rows.caches.rows, rows.caches.places]).toEqual([1, 2, 64]);
  });

  it("keep their memory when only some of the caches could grow", () => {
    const buffers = new BufferPool(1e9);
    const caches = new RowCaches(architecture, buffers);
    caches.resize(2, 64, []);
    const held = Object.values(caches.feeds(2));
    const take = buffers.take.bind(buffers);
    let taken = 0;
    vi.spyOn(buffers, "take").mockImplementation((length) => {
      if (++taken === 2) throw new RangeError("no memory");
      return take(length);
    });
    expect(() => caches.resize(4, 64, [])).toThrow("no memory");
    vi.restoreAllMocks();
    const next = held.map((block) => buffers.take(block.length));
    for (const block of held) for (const other of next) expect(other.buffer).not.toBe(block.buffer);
    expect(Object.values(caches.feeds(2)).map((b) => b.buffer)).toEqual(held.map((b) => b.buffer));
  });
});
