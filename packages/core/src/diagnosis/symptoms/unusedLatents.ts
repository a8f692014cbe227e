import type { NdArray } from "@elbo/jit";
import { posteriorRows } from "../../operations/posterior.ts";
import { Random } from "../../random/random.ts";
import type { Symptom } from "../symptom.ts";

/** Share of the units from which on it is worth a word that they are not used. */
const manyUnused = 0.4;

/** Share of what all latents say that those in use must say together. */
const wholly = 0.95;

/**
 * Some latent dimensions say next to nothing, while others do: those are needed that together hold 95 % of the information, counted from
 * the most talkative one, with `1/2 ln(1 + Var_x(E_q[z_d|x]) / E_x[Var_q(z_d|x)])` nats for each, what a Gaussian channel of that signal and
 * noise carries (Cover and Thomas 2006, equation 9.17).
 */
export const unusedLatents: Symptom = {
  async measure({ model, rows, seed, compute }) {
    const random = new Random(seed).fork("unusedLatents");
    const posteriors = await posteriorRows(model, rows, { draws: 0, random, compute });
    const said = Object.values(posteriors).flatMap(({ mean, logVar }) =>
      isVectors(mean) && isVectors(logVar) ? informationOf(mean, logVar) : [],
    );
    if (said.length === 0) return undefined;
    const units = said.length;
    const needed = neededOf(said);
    return { needed, units, share: 1 - needed / units };
  },
  judge({ needed, units, share }) {
    if (needed === 0 || !(share >= manyUnused)) return undefined;
    return {
      severity: "note",
      evidence: `${needed} of ${units} latent dimensions say ${100 * wholly} % of what all say about an example, the others stay near the prior`,
      advice: `a smaller latent (${needed} would do nearly as well), or a smaller weight of the KL divergence if the reconstructions lack what they should show`,
    };
  },
};

const isVectors = (array: NdArray | undefined): array is NdArray => array?.shape.length === 2;

/** Nats that each dimension of `[n, L]` carries. */
function informationOf({ data, shape: [n, L] }: NdArray, logVar: NdArray): number[] {
  return Array.from({ length: L }, (_, d) => {
    let [mean, signal, noise] = [0, 0, 0];
    for (let i = d; i < n * L; i += L) mean += data[i] / n;
    for (let i = d; i < n * L; i += L) {
      signal += (data[i] - mean) ** 2 / n;
      noise += Math.exp(logVar.data[i]) / n;
    }
    return 0.5 * Math.log1p(signal / noise);
  });
}

/** How many of the largest hold {@link wholly} of the sum; 0 where all together say less than a hundredth of a nat. */
function neededOf(said: readonly number[]): number {
  const all = said.reduce((sum, nats) => sum + nats, 0);
  if (!(all > 0.01)) return 0;
  let held = 0;
  const sorted = said.toSorted((a, b) => b - a);
  return 1 + sorted.findIndex((nats) => (held += nats) >= wholly * all);
}
