/** The table of sources: what a training learns from → what opens it. */
import type { AlgorithmSource } from "../../../ports/algorithm.ts";
import { isStoreAddress } from "../../open-store.ts";
import { openDomainExpert, openDomainRollouts } from "./domain-tasks.ts";
import type { OpenedSource, SourceRequest } from "./opened-source.ts";
import { openOwnConversations } from "./own-conversations.ts";
import { openPreferenceFile } from "./preference-file.ts";
import { openProgram } from "./program-tasks.ts";
import { openStoredPreferences } from "./stored-preferences.ts";
import { openStoredRollouts } from "./stored-rollouts.ts";
import { openTrajectories, withTrajectories } from "./trajectories.ts";

type OpenSource<Source extends AlgorithmSource> = (
  request: SourceRequest<Source>,
) => Promise<OpenedSource<Source>>;

export const sources: { readonly [Source in AlgorithmSource]: OpenSource<Source> } = {
  rollouts: async (request) => {
    const { agent } = request.settings;
    const stored = await openTrajectories(request.settings);
    const opened = await (agent === undefined
      ? openDomainRollouts(request)
      : openProgram(request, agent));
    return stored === undefined ? opened : withTrajectories(opened, stored);
  },
  dataset: (request) => {
    const { data } = request.settings;
    if (data === undefined) return openDomainExpert(request);
    return isStoreAddress(data)
      ? openStoredRollouts(request, data)
      : openOwnConversations(request, data);
  },
  preferences: (request) => {
    const { data } = request.settings;
    return isStoreAddress(data)
      ? openStoredPreferences(request, data)
      : openPreferenceFile(request, data);
  },
};
