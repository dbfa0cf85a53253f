/**
 * POST /v1/load_lora_adapter and /v1/unload_lora_adapter, as vLLM has them. They read folders of the server's machine, so they
 * are open only to those who show the server's key.
 */
import type { Context } from "hono";
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import { jsonBody } from "../request-json.ts";
import { checked } from "../requests/checked-request.ts";
import type { ServerParts } from "./route-context.ts";

const loading = z.strictObject({ lora_name: z.string().min(1), lora_path: z.string().min(1) });
const unloading = z.strictObject({ lora_name: z.string().min(1) });

/** @throws SERVE_ADMIN_KEY_MISSING, SERVE_FIELD_INVALID, SERVE_ADAPTER_INVALID and the errors of opening an adapter */
export async function loadAdapter(parts: ServerParts, c: Context): Promise<Response> {
  const fields = checked(loading, await adminBody(parts, c));
  await parts.models.addAdapter(fields.lora_name, fields.lora_path);
  return Response.json({ status: "loaded", lora_name: fields.lora_name });
}

/** @throws SERVE_ADMIN_KEY_MISSING, SERVE_FIELD_INVALID, SERVE_ADAPTER_INVALID */
export async function unloadAdapter(parts: ServerParts, c: Context): Promise<Response> {
  const fields = checked(unloading, await adminBody(parts, c));
  await parts.models.removeAdapter(fields.lora_name);
  return Response.json({ status: "unloaded", lora_name: fields.lora_name });
}

function adminBody({ key, limits }: ServerParts, c: Context): ReturnType<typeof jsonBody> {
  if (key === undefined) throw new HoneError("SERVE_ADMIN_KEY_MISSING", { path: c.req.path });
  return jsonBody(c.req.raw, limits.bodyBytes);
}
