import type { Symptom } from "@elbo/core";

/** Part of the codes that could be in use: below the first most are dead, below the second they are as good as dead. */
const leastPart = { used: 0.25, perplexity: 0.03 };

/**
 * Most codes of a codebook are chosen by no example, or nearly all tokens have one of a few codes: far fewer than the perplexity that so many
 * tokens show when all codes are equally likely. Codes that are chosen seldom are not dead. Source: Łańcucki et al. 2020
 * (arXiv:2005.08520), section 1.
 */
export const deadCodesSymptom: Symptom = {
  measure({ evaluation }) {
    const levels = Object.keys(evaluation)
      .filter((name) => /(^|\.)perplexity$/.test(name))
      .map((name) => {
        const of = (figure: string): number =>
          evaluation[name.replace(/perplexity$/, figure)]?.mean ?? NaN;
        const [ceiling, usage, dead] = [of("perplexityCeiling"), of("usage"), of("deadCodes")];
        // Of dead / (1 - usage) codes; where none is dead as many as could be.
        const used = dead === 0 ? ceiling : (dead * usage) / (1 - usage);
        return { perplexity: of("perplexity"), ceiling, usage, dead, used };
      });
    if (levels.length === 0) return undefined;
    return levels.reduce((worst, level) => (partOf(level) < partOf(worst) ? level : worst));
  },
  judge({ perplexity, ceiling, usage, dead, used }) {
    if (partOf({ perplexity, ceiling, used }) >= 1) return undefined;
    return {
      severity: "wrong",
      evidence: `${dead} codes are chosen by no example (usage ${(100 * usage).toFixed(0)} %); the perplexity is ${perplexity.toFixed(1)} where ${ceiling.toFixed(0)} could be`,
      advice:
        "an EMA codebook with restarts of dead codes (the default quantizer), fewer codes or dimensions per code, a smaller learning rate, or a quantizer without a codebook (finite-scalar)",
    };
  },
};

/** The smaller one of use and perplexity, as parts of the least that is sound. */
function partOf(level: {
  readonly perplexity: number;
  readonly ceiling: number;
  readonly used: number;
}): number {
  const { perplexity, ceiling, used } = level;
  return Math.min(used / leastPart.used, perplexity / leastPart.perplexity) / ceiling;
}
