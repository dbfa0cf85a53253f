/** A domain whose environments ask a model by its name, so that each episode has its price. */
import { HoneError } from "../../core/errors.ts";
import type { Domain } from "./complete-domain.ts";

/**
 * The domain with an expert that acts only for who keeps its episodes: any other command would ask the model anew each time.
 * @param name   as the user named the domain, for errors
 * @param model  the name of the model
 */
export const askingDomain = (name: string, domain: Domain, model: string): Domain => ({
  ...domain,
  async episodes(tasks, options) {
    if (options.areKept === true) return domain.episodes(tasks, options);
    throw new HoneError("EXPERT_ASKS_MODEL", { domain: name, model });
  },
});
