/**
 * Preloaded into programs that import hone-rl by its name: its sources are run, as --conditions=source does it, and other packages
 * that have sources, too, are left as they are (Node refuses to run TypeScript under node_modules).
 */
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) =>
    /^hone-rl(?:\/|$)/.test(specifier)
      ? next(specifier, { ...context, conditions: [...context.conditions, "source"] })
      : next(specifier, context),
});
