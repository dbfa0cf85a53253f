/**
 * TensorBoard event files: TFRecords of protobuf events, readable while they grow.
 *
 *     record = length (u64) · crc(length) (u32) · event · crc(event) (u32)         little-endian
 *     crc(x) = rotate(crc32c(x), 15) + 0xa282ead8
 *
 * @source TFRecord format: tensorflow/core/lib/io/record_writer; CRC-32C: Castagnoli et al. 1993, RFC 3720 §12.1
 */
import { histogramEvent, scalarEvent, versionEvent } from "../formats/tensorboard-event.ts";
import type { HistogramSummary } from "../formats/tensorboard-event.ts";
import type { Tracker } from "../ports/tracker.ts";
import { AppendLog } from "./append-log.ts";

/** The bytes around an event: its length and the checksum of the length before it, its own checksum after it. */
const frameBytes = 12;
const footerBytes = 4;

/** Writes scalars as `section/name` and histograms as `section/name_histogram`, since one tag cannot be both. */
export class TensorBoardTracker implements Tracker {
  readonly log: AppendLog;

  /**
   * @param path  the file; TensorBoard looks for names with "tfevents" in them
   * @param keep  bytes to keep of an existing file, from a checkpoint's `logs`
   */
  constructor(path: string, keep?: number) {
    const header = frame(versionEvent(now()));
    this.log = new AppendLog(path, { header, wholeLength: wholeRecords }, keep);
  }

  scalars(section: string, step: number, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      this.log.append(frame(scalarEvent(now(), step, `${section}/${name}`, value)));
    }
  }

  histogram(section: string, step: number, name: string, values: readonly number[]): void {
    const finite = values.filter(Number.isFinite);
    if (finite.length === 0) return;
    const tag = `${section}/${name}_histogram`;
    this.log.append(frame(histogramEvent(now(), step, tag, summarize(finite))));
  }

  async close(): Promise<void> {
    this.log.close();
  }
}

const now = (): number => Date.now() / 1000;

/** The record of an event. */
export function frame(event: Uint8Array): Uint8Array {
  const record = new Uint8Array(frameBytes + event.length + footerBytes);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(event.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(event, frameBytes);
  view.setUint32(frameBytes + event.length, maskedCrc(event), true);
  return record;
}

/** The length of the records that are complete and whose checksums agree, in bytes. */
export function wholeRecords(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  while (end + frameBytes <= bytes.length) {
    const length = Number(view.getBigUint64(end, true));
    const footer = end + frameBytes + length;
    if (footer + footerBytes > bytes.length) break;
    const event = bytes.subarray(end + frameBytes, footer);
    if (view.getUint32(end + 8, true) !== maskedCrc(bytes.subarray(end, end + 8))) break;
    if (view.getUint32(footer, true) !== maskedCrc(event)) break;
    end = footer + footerBytes;
  }
  return end;
}

/** A histogram of thirty buckets of equal width between the smallest and the largest value. */
function summarize(values: readonly number[]): HistogramSummary {
  const min = values.reduce((a, b) => Math.min(a, b));
  const max = values.reduce((a, b) => Math.max(a, b));
  const buckets = min === max ? 1 : 30;
  const counts = Array.from({ length: buckets }, () => 0);
  for (const value of values) {
    const bucket = min === max ? 0 : Math.floor(((value - min) / (max - min)) * buckets);
    counts[Math.min(bucket, buckets - 1)]!++;
  }
  return {
    min,
    max,
    count: values.length,
    sum: values.reduce((a, b) => a + b, 0),
    sumOfSquares: values.reduce((a, b) => a + b * b, 0),
    // TensorBoard takes the lower end of a bucket from the limit of the bucket before it, so an empty bucket comes first.
    limits: [min, ...counts.map((_, i) => min + ((i + 1) / buckets) * (max - min))],
    counts: [0, ...counts],
  };
}

/** The table of CRC-32C: Castagnoli's polynomial with its bits reversed, one entry for each byte. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** The checksum CRC-32C of bytes. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
