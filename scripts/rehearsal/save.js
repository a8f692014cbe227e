// The old version: a finished model with what it says of some images, and a run that stopped in the middle.
import { writeFileSync } from "node:fs";
import { images, trainTiny, untrained } from "./consumer.js";

const finished = untrained();
await trainTiny(finished, "whole");
await finished.save("model");
const [codes, samples] = [await finished.encode(images), await finished.sample(3, { seed: 5 })];
writeFileSync(
  "expected.json",
  JSON.stringify({ codes: [...codes.data], samples: [...samples.data] }),
);

const { steps } = await trainTiny(untrained(), "half", 8);
if (steps !== 8) throw new Error(`the run must stop after 8 steps, got ${steps}`);
