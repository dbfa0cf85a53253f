/**
 * Writes the protobuf messages of TensorBoard's event files: scalars and histograms.
 *
 * Field numbers are those of tensorflow/core/util/event.proto, framework/summary.proto and framework/histogram.proto.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

const { Bit32, Bit64, LengthDelimited, Varint } = WireType;

/** A histogram: `counts[i]` values are in bucket i, which reaches from `limits[i − 1]` to `limits[i]`. */
export interface HistogramSummary {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

/** The first event of every file, which names the version of the layout. */
export function versionEvent(wallSeconds: number): Uint8Array {
  return event(wallSeconds).tag(3, LengthDelimited).string("brain.Event:2").finish();
}

/** The event of one point of a curve. */
export function scalarEvent(
  wallSeconds: number,
  step: number,
  tag: string,
  value: number,
): Uint8Array {
  const writer = startValue(wallSeconds, step, tag);
  writer.tag(2, Bit32).float(value);
  return writer.join().join().finish();
}

/** The event of one step of a histogram. */
export function histogramEvent(
  wallSeconds: number,
  step: number,
  tag: string,
  histogram: HistogramSummary,
): Uint8Array {
  const writer = startValue(wallSeconds, step, tag);
  writer.tag(5, LengthDelimited).fork();
  writer.tag(1, Bit64).double(histogram.min);
  writer.tag(2, Bit64).double(histogram.max);
  writer.tag(3, Bit64).double(histogram.count);
  writer.tag(4, Bit64).double(histogram.sum);
  writer.tag(5, Bit64).double(histogram.sumOfSquares);
  packedDoubles(writer, 6, histogram.limits);
  packedDoubles(writer, 7, histogram.counts);
  return writer.join().join().join().finish();
}

function event(wallSeconds: number): BinaryWriter {
  return new BinaryWriter().tag(1, Bit64).double(wallSeconds);
}

/** An event up to the value of its one summary entry: Event.summary (5) → Summary.value (1) → tag (1). */
function startValue(wallSeconds: number, step: number, tag: string): BinaryWriter {
  const writer = event(wallSeconds).tag(2, Varint).int64(step);
  writer.tag(5, LengthDelimited).fork().tag(1, LengthDelimited).fork();
  return writer.tag(1, LengthDelimited).string(tag);
}

function packedDoubles(writer: BinaryWriter, field: number, values: readonly number[]): void {
  writer.tag(field, LengthDelimited).fork();
  for (const value of values) writer.double(value);
  writer.join();
}
