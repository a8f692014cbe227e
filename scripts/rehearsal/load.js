// The new version: yesterday's model says what it said, and yesterday's run goes on to the same end.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadBetaVae } from "@elbo/beta-vae";
import { version } from "@elbo/core";
import { images, trainTiny, freshModel } from "./consumer.js";

const installed = createRequire(import.meta.url)("@elbo/core/package.json");
assert.equal(version, installed.version, "a release writes its own version into models");

const expected = JSON.parse(readFileSync("expected.json", "utf8"));
const model = await loadBetaVae("model");
const [codes, samples] = [await model.encode(images), await model.sample(3, { seed: 5 })];
assert.deepEqual([...codes.data], expected.codes, "a loaded model encodes as it did");
assert.deepEqual([...samples.data], expected.samples, "a loaded model samples as it did");

const resumed = freshModel();
const { step } = await trainTiny(resumed, "half");
assert.equal(step, 24, "a resumed run ends where it would have ended");
await resumed.save("resumed");
const weights = (directory) => readFileSync(`${directory}/weights.safetensors`);
assert.ok(
  weights("resumed").equals(weights("model")),
  "a resumed run equals the run that never stopped",
);
