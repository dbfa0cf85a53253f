/** The table of sources: what a training learns from → what opens it. */
import type { AlgorithmSource } from "../../../ports/algorithm.ts";
import { isStoreAddress } from "../../open-store.ts";
import { openDomainExpert, openDomainRollouts } from "./domain-tasks.ts";
import type { OpenedSource, SourceRequest } from "./opened-source.ts";
import { openOwnConversations } from "./own-conversations.ts";
import { openPreferenceFile } from "./preference-file.ts";
import { measuredByAgent, openProgram } from "./program-tasks.ts";
import { openStoredPreferences } from "./stored-preferences.ts";
import { openStoredRollouts } from "./stored-rollouts.ts";
import { openTracesAlone } from "./traces-alone.ts";
import { openTrajectories, withTrajectories } from "./trajectories.ts";

/** Opens what a training learns from. */
export type OpenSource<Source extends AlgorithmSource> = (
  request: SourceRequest<Source>,
) => Promise<OpenedSource<Source>>;

export const sources: { readonly [Source in AlgorithmSource]: OpenSource<Source> } = {
  rollouts: async (request) => {
    const { agent, offline } = request.settings;
    const stored = await openTrajectories(request.settings, request);
    if (stored !== undefined && offline === true && agent === undefined)
      return openTracesAlone(request, stored);
    const opened = await (agent === undefined
      ? openDomainRollouts(request)
      : openProgram(request, agent));
    return stored === undefined ? opened : withTrajectories(opened, stored);
  },
  dataset: async (request) => {
    const { data } = request.settings;
    if (data === undefined) return openDomainExpert(request);
    const opened = await (isStoreAddress(data)
      ? openStoredRollouts(request, data)
      : openOwnConversations(request, data));
    return measuredByAgent(opened, request);
  },
  preferences: async (request) => {
    const { data } = request.settings;
    const opened = await (isStoreAddress(data)
      ? openStoredPreferences(request, data)
      : openPreferenceFile(request, data));
    return measuredByAgent(opened, request);
  },
};
