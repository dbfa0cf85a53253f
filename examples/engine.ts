// Teaches a model one answer: node examples/engine.ts <model folder>
import { supervisedDatum } from "hone-rl/algorithms";
import { openEngine } from "hone-rl/engine";

const engine = await openEngine(process.argv[2] ?? "models/tiny");
const { renderer } = engine;
const training = await engine.createTrainingClient({ lora: false });

const question = { role: "user", content: "What is 2 + 2?" } as const;
const row = await renderer.conversation([question, { role: "assistant", content: "4" }]);
for (let step = 1; step <= 20; step++) {
  const { loss } = await training.forwardBackward([supervisedDatum(row, 1)], "cross_entropy");
  await training.optimStep({ learningRate: 0.01 });
  console.log(`step ${step}: loss ${loss.toFixed(3)} nats`);
}

const policy = await training.saveWeightsForSampler();
const { stopTokens } = renderer;
const options = { maxTokens: 8, temperature: 0, stopTokens };
const [reply] = await policy.sample(await renderer.prompt([question]), 1, options);
console.log(await renderer.parse(reply!.tokens));
await engine.close();
