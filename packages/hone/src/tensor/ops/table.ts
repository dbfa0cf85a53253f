/** Every operation and its row. The type is total: a name without a row does not compile. */
import { activation } from "./activation.ts";
import { attentionOps } from "./attention.ts";
import { bits } from "./bits.ts";
import { broadcasting } from "./broadcasting.ts";
import { cachedAttention } from "./cached-attention.ts";
import { chunkedOps } from "./chunked-log-probs.ts";
import { control } from "./control.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { normalization } from "./normalization.ts";
import type { CallOf, OpName } from "../call.ts";
import type { Op, OpRows } from "./op.ts";
import { products } from "./products.ts";
import { reduce } from "./reduce.ts";
import { rotaryOps } from "./rotary.ts";
import { shaping } from "./shaping.ts";
import { sources } from "./sources.ts";

export const ops: OpRows<OpName> = {
  ...sources,
  ...broadcasting,
  ...elementwise,
  ...bits,
  ...reduce,
  ...shaping,
  ...indexing,
  ...products,
  ...normalization,
  ...activation,
  ...rotaryOps,
  ...attentionOps,
  ...cachedAttention,
  ...control,
  ...chunkedOps,
};

/** The row of a call's operation. */
export const rowOf = <Name extends OpName>(call: CallOf<Name>): Op<Name> => ops[call.op];
