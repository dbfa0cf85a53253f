/** Domains whose environments call a model of a provider, so that each episode costs money. */
import { HoneError } from "../../core/errors.ts";
import type { Domain } from "./complete-domain.ts";

/**
 * The same domain, whose expert plays only for commands that keep its episodes. Any other command would call the model again each time it runs.
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
