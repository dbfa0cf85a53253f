/** An algorithm of one's own: an answer is pushed up where it beats the median of its group, and down where it lies below. */
import {
  adamAt,
  defineAlgorithm,
  knownCuts,
  policyDatum,
  trajectoriesOf,
} from "hone-rl/algorithms";

export default defineAlgorithm({
  name: "above-median",
  settings: { groupSize: 4, groupsPerStep: 4 },
  create: ({ groupSize, groupsPerStep: groupCount, optimizer }) => ({
    name: "above-median",
    steps: optimizer.steps!,
    async *run({ training, rollouts: source, startStep, signal }) {
      const tells = knownCuts(training);
      for (let step = startStep + 1; step <= optimizer.steps! && !signal?.aborted; step++) {
        const policy = await training.saveWeightsForSampler();
        const asked = { policy, step, groupCount, groupSize, ...(signal && { signal }) };
        const groups = await source.groups(asked);
        await policy.close();

        const data = groups.flatMap(({ rollouts }) => {
          const scored = rollouts.filter(({ reward }) => reward !== undefined);
          const sorted = scored.map(({ reward }) => reward!.total).toSorted((a, b) => a - b);
          const median = sorted[Math.floor(sorted.length / 2)];
          return scored.flatMap((rollout) => {
            const advantage = Math.sign(rollout.reward!.total - median!) / (groupCount * groupSize);
            if (advantage === 0) return [];
            return trajectoriesOf(rollout).rows.map((row) =>
              policyDatum(rollout.id, row, advantage, { tells }),
            );
          });
        });

        let [loss, gradientNorm] = [0, 0];
        if (data.length > 0) {
          ({ loss } = await training.forwardBackward(data, "importance_sampling"));
          ({ gradientNorm } = await training.optimStep(adamAt(step, optimizer.steps!, optimizer)));
        }
        const rollouts = groups.flatMap((group) => group.rollouts);
        const warnings = { STEP_WITHOUT_SIGNAL: data.length > 0 ? 0 : 1 };
        yield { step, metrics: { loss, gradient_norm: gradientNorm }, rollouts, warnings };
      }
    },
  }),
});
