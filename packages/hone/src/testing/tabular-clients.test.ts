import { samplingClientContract } from "./sampling-client-contract.ts";
import { TabularPolicy } from "./tabular-policy.ts";
import { TabularSamplingClient } from "./tabular-sampling-client.ts";
import { tabularTrainingClient } from "./tabular-training-client.ts";
import { trainingClientContract } from "./training-client-contract.ts";

const table = { vocabulary: 12, order: 2, spread: 1, seed: 4 };

trainingClientContract({ open: async () => tabularTrainingClient(table), tokenOutside: 12 });

samplingClientContract({
  open: async () => new TabularSamplingClient(new TabularPolicy(table), "table-0"),
  tokenOutside: 12,
});
