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
        // `usage` is the mean of a level's codebooks, which some of them can hold up: the one that is used least counts.
        const books = Object.keys(evaluation)
          .filter((key) => isBookOf(name, key))
          .map((key) => evaluation[key]?.mean ?? NaN);
        const least = Math.min(usage, ...books);
        // A book has dead / (1 - usage) / books codes; where none is dead as many are used as could be.
        const size = dead / (1 - usage) / Math.max(1, books.length);
        const used = dead === 0 ? ceiling : size * least;
        return { perplexity: of("perplexity"), ceiling, usage, least, dead, used };
      });
    if (levels.length === 0) return undefined;
    return levels.reduce((worst, level) => (partOf(level) < partOf(worst) ? level : worst));
  },
  judge({ perplexity, ceiling, usage, least, dead, used }) {
    if (partOf({ perplexity, ceiling, used }) >= 1) return undefined;
    return {
      severity: "wrong",
      evidence: `${dead} codes are chosen by no example (usage ${percent(usage)}${least < usage ? `, of one codebook ${percent(least)}` : ""}); the perplexity is ${perplexity.toFixed(1)} where ${ceiling.toFixed(0)} could be`,
      advice:
        'an EMA codebook with restarts of dead codes (the default quantizer), fewer codes or dimensions per code, a smaller learning rate, or a quantizer without a codebook ("fsq")',
    };
  },
};

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** Whether a figure is the usage of one of the codebooks of the level with this perplexity: `top.usage0` of `top.perplexity`. */
function isBookOf(perplexity: string, figure: string): boolean {
  const start = perplexity.replace(/perplexity$/, "usage");
  return figure.startsWith(start) && /^\d+$/.test(figure.slice(start.length));
}

/** The smaller one of use and perplexity, as parts of the least that is sound. */
function partOf(level: {
  readonly perplexity: number;
  readonly ceiling: number;
  readonly used: number;
}): number {
  const { perplexity, ceiling, used } = level;
  return Math.min(used / leastPart.used, perplexity / leastPart.perplexity) / ceiling;
}
