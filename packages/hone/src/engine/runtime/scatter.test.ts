import { expect, it } from "vitest";
import { scatterRowsAdd } from "../../tensor/ops/indexing.ts";
import { input } from "../../tensor/ops/sources.ts";
import { program } from "../../tensor/program.ts";
import { openSession } from "./session.ts";

it("adds every row of equal indices, on several threads as on one", async () => {
  const [rows, width] = [4096, 128];
  const table = input("table", "f32", [8, width]);
  const sums = scatterRowsAdd(
    table,
    input("places", "i64", ["N"]),
    input("x", "f32", ["N", width]),
  );
  const session = await openSession(program("scatter", { sums }), { threads: 2 });
  const places = {
    data: BigInt64Array.from({ length: rows }, (_, i) => BigInt((i * 7) % 5)),
    shape: [rows],
  };
  const x = { data: new Float32Array(rows * width).fill(1), shape: [rows, width] };
  for (let run = 0; run < 30; run++) {
    const zeros = { data: new Float32Array(8 * width), shape: [8, width] };
    const output = await session.run({ table: zeros, places, x });
    const total = (output["sums"]!.data as Float32Array).reduce((a, b) => a + b, 0);
    expect(total).toBe(rows * width);
  }
  await session.release();
});
