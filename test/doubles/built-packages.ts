/**
 * Preloaded into the processes of tests, where --conditions=source finds the sources of hone-rl: what packages under node_modules
 * import is taken as they were built, since Node refuses to run the TypeScript that some of them ship as their "source".
 */
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) =>
    context.parentURL?.includes("/node_modules/") === true
      ? next(specifier, {
          ...context,
          conditions: context.conditions.filter((condition) => condition !== "source"),
        })
      : next(specifier, context),
});
