/** What the tests of kills run in child processes: `train DIRECTORY ENGINE` once, or `save DIRECTORY` for ever. */
import { adam, train } from "../../src/index.ts";
import { bars, smallModel } from "./models.ts";

const [, , task, directory, engine] = process.argv;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

if (task === "train") {
  const model = smallModel();
  const result = await train(model, bars(100), {
    engine: engine as "eager" | "native",
    epochs: 12,
    batchSize: 10,
    optimizer: adam({ learningRate: 0.01 }),
    ema: 0.95,
    earlyStopping: { patience: 100 },
    progress: "silent",
    checkpoint: { directory, everySteps: 4 },
    callbacks: {
      onStep: ({ step }) => {
        say(`step ${step}`);
      },
    },
  });
  await model.save(directory);
  say(`end ${result.stopped} ${result.step}`);
} else {
  const model = smallModel();
  const weights = await model.readWeights();
  for (let count = 1; ; count++) {
    for (const { data } of Object.values(weights)) data.fill(count);
    await model.writeWeights(weights);
    await model.save(directory);
    say(`saved ${count}`);
  }
}
