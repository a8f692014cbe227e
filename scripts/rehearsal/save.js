// The old version: a finished model with what it says of some images, and a run that stopped in the middle.
import { writeFileSync } from "node:fs";
import { images, trainTiny, freshModel } from "./consumer.js";

const finished = freshModel();
await trainTiny(finished, "whole");
await finished.save("model");
const [codes, samples] = [await finished.encode(images), await finished.sample(3, { seed: 5 })];
writeFileSync(
  "expected.json",
  JSON.stringify({ codes: [...codes.data], samples: [...samples.data] }),
);

const { step } = await trainTiny(freshModel(), "half", 8);
if (step !== 8) throw new Error(`the run must stop after 8 steps, got ${step}`);
