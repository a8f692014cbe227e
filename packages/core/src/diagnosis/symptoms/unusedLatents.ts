import type { Symptom } from "../symptom.ts";
import { sizeOf } from "../../shape.ts";

/** Share of the units from which on it is worth a word that they are not used. */
const manyUnused = 0.4;

/** Some latent dimensions say nothing (`Var_x(E_q[z_d|x])` at most 0.01), while others do. Source: Burda et al. 2016 (arXiv:1509.00519), section 5.2. */
export const unusedLatents: Symptom = {
  measure({ model, evaluation }) {
    const { activeUnits } = evaluation;
    if (activeUnits === undefined) return undefined;
    const vectors = Object.values(model.levels).filter(({ latent }) => latent.length === 1);
    const units = vectors.reduce((sum, { latent }) => sum + sizeOf(latent), 0);
    return { activeUnits: activeUnits.mean, units, share: 1 - activeUnits.mean / units };
  },
  judge({ activeUnits, units, share }) {
    if (activeUnits === 0 || share < manyUnused) return undefined;
    return {
      severity: "note",
      evidence: `${activeUnits} of ${units} latent dimensions vary with the example, the others stay at the prior`,
      advice: `a smaller latent (${activeUnits} would do as well), or a smaller weight of the KL divergence if the reconstructions lack what they should show`,
    };
  },
};
