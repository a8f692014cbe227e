import type * as tf from "@tensorflow/tfjs-core";
import { bernoulliKl } from "./bernoulli.ts";
import type { Bernoulli } from "./bernoulli.ts";
import { categoricalKl } from "./categorical.ts";
import type { Categorical } from "./categorical.ts";
import { gaussianKl } from "./diagonalGaussian.ts";
import type { DiagonalGaussian } from "./diagonalGaussian.ts";
import type { Distribution } from "./distribution.ts";

type ClosedForm = (p: Distribution, q: Distribution) => tf.Tensor;

/** The closed forms there are, by the kinds of the first and the second distribution. */
const closedForms: Readonly<Record<string, ClosedForm>> = {
  "gaussian, gaussian": (p, q) =>
    gaussianKl((p as DiagonalGaussian).parameters, (q as DiagonalGaussian).parameters),
  "bernoulli, bernoulli": (p, q) => bernoulliKl(p as Bernoulli, q as Bernoulli),
  "categorical, categorical": (p, q) => categoricalKl(p as Categorical, q as Categorical),
};

/**
 * KL(p || q) per dimension, in nats: `E_p[ln p(x) - ln q(x)]`, where a closed form is known.
 *
 * @throws TypeError for a pair without one
 */
export function klDivergence(p: Distribution, q: Distribution): tf.Tensor {
  const pair = `${p.kind}, ${q.kind}`;
  if (!Object.hasOwn(closedForms, pair)) {
    throw new TypeError(
      `klDivergence: the pair must have a closed form (${Object.keys(closedForms).join("; ")}), got ${pair}`,
    );
  }
  return closedForms[pair](p, q);
}
