/** The database of τ²-bench's shop (github.com/sierra-research/tau2-bench, domain "retail"), as its file has it. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { HoneError, messageOf } from "../../core/errors.ts";
import { fileReason } from "../../core/file-reason.ts";

const address = z.object({
  address1: z.string(),
  address2: z.string(),
  city: z.string(),
  country: z.string(),
  state: z.string(),
  zip: z.string(),
});

const options = z.record(z.string(), z.string());

const variant = z.object({
  item_id: z.string(),
  options,
  available: z.boolean(),
  price: z.number(),
});

const product = z.object({
  name: z.string(),
  product_id: z.string(),
  variants: z.record(z.string(), variant),
});

/** A card has a brand and its last digits, a gift card a balance. */
const paymentMethod = z.looseObject({
  source: z.string(),
  id: z.string(),
  balance: z.number().optional(),
});

const user = z.object({
  user_id: z.string(),
  name: z.object({ first_name: z.string(), last_name: z.string() }),
  address,
  email: z.string(),
  payment_methods: z.record(z.string(), paymentMethod),
  orders: z.array(z.string()),
});

const payment = z.object({
  transaction_type: z.string(),
  amount: z.number(),
  payment_method_id: z.string(),
});

const order = z.object({
  order_id: z.string(),
  user_id: z.string(),
  address,
  items: z.array(
    z.object({
      name: z.string(),
      product_id: z.string(),
      item_id: z.string(),
      price: z.number(),
      options,
    }),
  ),
  status: z.string(),
  fulfillments: z.array(z.looseObject({})),
  payment_history: z.array(payment),
  cancel_reason: z.string().nullish(),
  exchange_items: z.array(z.string()).nullish(),
  exchange_new_items: z.array(z.string()).nullish(),
  exchange_payment_method_id: z.string().nullish(),
  exchange_price_difference: z.number().nullish(),
  return_items: z.array(z.string()).nullish(),
  return_payment_method_id: z.string().nullish(),
});

const retailSchema = z.object({
  products: z.record(z.string(), product),
  users: z.record(z.string(), user),
  orders: z.record(z.string(), order),
});

/** The database of the shop, by ids. */
export type RetailData = z.infer<typeof retailSchema>;
export type RetailOrder = z.infer<typeof order>;
export type RetailUser = z.infer<typeof user>;
export type RetailAddress = z.infer<typeof address>;
export type RetailPaymentMethod = z.infer<typeof paymentMethod>;

/** @throws TAU2_UNREADABLE */
export const readRetailData = (file: string): RetailData => readJsonFile(file, retailSchema);

/** A JSON file that a schema describes. @throws TAU2_UNREADABLE */
export function readJsonFile<Value>(file: string, schema: z.ZodType<Value>): Value {
  const json = parsed(file, readTextFile(file));
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const reason = `${issue.path.join(".")}: ${issue.message}`;
  throw new HoneError("TAU2_UNREADABLE", { path: file, reason });
}

/** @throws TAU2_UNREADABLE */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const facts = { path: file, reason: fileReason(error) };
    throw new HoneError("TAU2_UNREADABLE", facts, { cause: error });
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const facts = { path: file, reason: `it is no JSON: ${messageOf(error)}` };
    throw new HoneError("TAU2_UNREADABLE", facts, { cause: error });
  }
}
