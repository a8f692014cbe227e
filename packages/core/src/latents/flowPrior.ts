import { flowDistribution, flowVariables, readFlowSizes } from "../distributions/flow.ts";
import type { FlowSizes } from "../distributions/flow.ts";
import type { LatentPrior } from "./reparameterized.ts";

/**
 * A normalizing flow as a model's prior, trained along with it: the rate `log q(z|x) - log p(z)` is estimated from the draws.
 *
 * @throws TypeError or RangeError when a size makes no sense
 */
export function flowPrior(sizes: FlowSizes): LatentPrior {
  const all = readFlowSizes("flowPrior", sizes);
  const variables = flowVariables(all);
  const distribution = flowDistribution(variables, all);
  return { kind: "flow", variables, distribution: () => distribution };
}
