import { estimateOf } from "@elbo/core";
import { toUnit } from "../data/benchData.ts";
import type { Measure } from "./measure.ts";

/** How far reconstructions are from the images. */
export const reconstruction: Measure = {
  name: "reconstruction",
  figures: [
    {
      key: "mse",
      title: "MSE",
      unit: "",
      definition:
        "Squared error of the reconstruction, averaged over pixels (in [0, 1]) and held-out images, which are encoded grey as they are, also by models that were trained on binarized draws of them. Lower is better.",
      digits: 4,
      better: "lower",
    },
  ],
  suits: () => true,
  async measure({ data, shared }) {
    const { data: given } = toUnit(data.test);
    const { data: back } = await shared.reconstructions();
    const [count] = data.test.shape;
    const size = given.length / count;
    const mse = Float64Array.from({ length: count }, (_, image) => {
      let sum = 0;
      for (let i = image * size; i < (image + 1) * size; i++) sum += (given[i] - back[i]) ** 2;
      return sum / size;
    });
    return { figures: { mse: estimateOf(mse) }, examples: { mse } };
  },
};
