/** Reads the answer of a receiver of OTLP that accepted a request: wholly, or without some of its spans. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { fieldsOf } from "../core/json.ts";
import type { OtlpAnswer } from "./otlp-write.ts";

/**
 * Reads an ExportTraceServiceResponse. Receivers answer in many ways, so what cannot be read counts as accepted wholly, as
 * the OTLP specification demands of an empty answer.
 *
 * @param isJson  whether the answer is JSON, else protobuf
 */
export function readOtlpAnswer(body: Uint8Array, isJson: boolean): OtlpAnswer {
  try {
    return isJson ? readJson(body) : readProtobuf(body);
  } catch {
    return { rejected: 0, message: "" };
  }
}

function readJson(body: Uint8Array): OtlpAnswer {
  const { partialSuccess } = fieldsOf(JSON.parse(new TextDecoder().decode(body)) as unknown);
  const fields = fieldsOf(partialSuccess);
  const { errorMessage } = fields;
  // 64-bit numbers are texts in the JSON of protobuf; some receivers write numbers.
  const rejected = Number(fields["rejectedSpans"] ?? fields["rejectedLogRecords"] ?? 0);
  return {
    rejected: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0,
    message: typeof errorMessage === "string" ? errorMessage : "",
  };
}

function readProtobuf(body: Uint8Array): OtlpAnswer {
  const reader = new BinaryReader(body);
  let answer: OtlpAnswer = { rejected: 0, message: "" };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.LengthDelimited) answer = readPartial(reader.bytes());
    else reader.skip(type, field);
  }
  return answer;
}

function readPartial(bytes: Uint8Array): OtlpAnswer {
  const reader = new BinaryReader(bytes);
  let [rejected, message] = [0, ""];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.Varint) rejected = Number(reader.int64());
    else if (field === 2 && type === WireType.LengthDelimited) message = reader.string();
    else reader.skip(type, field);
  }
  return { rejected: Math.max(0, rejected), message };
}
