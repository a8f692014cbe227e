import type { LatentModel } from "@elbo/core";
import { encodeStrip } from "../pictures/grid.ts";
import { withLabels } from "../pictures/kinds.ts";
import { pictureMaterial } from "./data.ts";
import type { UnitOrder } from "./unit.ts";

/**
 * Stores what a trained model shows: its reconstructions and its own pictures, as strips that the report lays out.
 *
 * @param model trained
 * @param order the training that it comes from
 */
export async function drawUnit(model: LatentModel, order: UnitOrder): Promise<void> {
  const { modelCase, data, trial, store } = order;
  const material = pictureMaterial(data, trial.seed);
  const back = await model.reconstruct(withLabels(material));
  await store.writeTrialFile(trial.id, "reconstructions.png", encodeStrip(back));
  for (const picture of modelCase.pictures) {
    const images = await picture.draw(model, material);
    await store.writeTrialFile(trial.id, `${picture.kind}.png`, encodeStrip(images));
  }
}
