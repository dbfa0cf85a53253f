/** GET /v1/models and /v1/models/<model>. */
import type { Context } from "hono";
import { HoneError } from "../../core/errors.ts";
import type { ListedModel } from "../served-models.ts";
import type { ServerParts } from "./route-context.ts";

/** Lists the models, in the form of OpenAI. A rollout has one model, which answers to every name. */
export function listModels({ models, rollouts }: ServerParts, c: Context): Response {
  const id = c.req.param("rollout");
  if (id !== undefined) rollouts.get(id);
  const data = id === undefined ? models.list().map(written) : [written(rolloutModel)];
  return Response.json({ object: "list", data });
}

/** Shows one model. @throws SERVE_MODEL_UNKNOWN */
export function showModel({ models, rollouts }: ServerParts, c: Context): Response {
  const name = c.req.param("model") ?? "";
  const id = c.req.param("rollout");
  if (id !== undefined) {
    rollouts.get(id);
    return Response.json(written({ ...rolloutModel, id: name }));
  }
  const all = models.list();
  const found = all.find((one) => one.id === name);
  if (found !== undefined) return Response.json(written(found));
  const known = all.map((one) => one.id).join(", ");
  throw new HoneError("SERVE_MODEL_UNKNOWN", { model: name.slice(0, 200), known });
}

const rolloutModel: Omit<ListedModel, "contextLength"> = { id: "policy", created: 0 };

/** `max_model_len` and `parent` are as vLLM has them. */
const written = (model: Omit<ListedModel, "contextLength"> & Partial<ListedModel>): object => ({
  id: model.id,
  object: "model",
  created: model.created,
  owned_by: "hone",
  ...(model.contextLength !== undefined && { max_model_len: model.contextLength }),
  ...(model.parent !== undefined && { parent: model.parent }),
  ...(model.weights !== undefined && { weights: model.weights }),
});
