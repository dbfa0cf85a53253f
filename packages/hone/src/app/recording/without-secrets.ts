/** Values as they may be shown: without what the recorder would not record either. */
import type { JsonValue } from "../../core/json.ts";
import { Cleaner } from "../../recording/cleaning/clean-json.ts";
import { createRedaction } from "../../recording/cleaning/redaction.ts";

/** A copy of the value as JSON, in which `[redacted: …]` stands for each secret that the recorder's usual rules find. */
export const withoutSecrets = (value: unknown): JsonValue =>
  new Cleaner(createRedaction()).json(value);
