import { isCollapse } from "../../evaluation/posteriorCollapse.ts";
import { sizeOf } from "../../shape.ts";
import type { Symptom } from "../symptom.ts";

/** The decoder learns to do without its latents: the posterior is the prior, or nobody listens; measured by `posteriorCollapse`. */
export const posteriorCollapse: Symptom = {
  async measure(run) {
    const found = await run.collapse();
    if (found === undefined) return undefined;
    const { rate, gain, activeUnits } = found;
    const [{ latent }] = Object.values(run.model.levels);
    const figures = { rate: rate.mean, gain: gain.mean, activeUnits: activeUnits.mean };
    return { ...figures, units: sizeOf(latent) };
  },
  judge({ rate, gain, activeUnits, units }) {
    if (!isCollapse(rate, gain)) return undefined;
    return {
      severity: "wrong",
      evidence: `the latents say ${rate.toFixed(2)} nats per example, the decoder loses ${gain.toFixed(2)} nats with those of another example, and ${activeUnits} of ${units} units are active`,
      advice:
        "a smaller weight of the KL divergence, one that grows from 0 (beta: linear({ from: 0, to: 1, steps })), or a decoder that sees less of the example (for sequences more word dropout)",
    };
  },
};
