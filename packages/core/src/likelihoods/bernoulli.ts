import type { NdArray } from "@elbo/jit";
import { readOptions, rules } from "@elbo/common";
import type { ArgumentName, OptionTable } from "@elbo/common";
import { bernoulli } from "../distributions/bernoulli.ts";
import { sizeOf } from "../shape.ts";
import { binarizeFloatsInto, binarizeLevelsInto, staticStream } from "./binarize.ts";
import type { ColumnReader, Likelihood } from "./likelihood.ts";
import { hasGrey, isImage, numbersReader } from "./readers.ts";

/** Options of {@link bernoulliLikelihood}. */
export interface BernoulliLikelihoodOptions {
  /**
   * How grey values become binary: drawn anew at every visit (`"dynamic"`, default), drawn once (`"static"`), or not at all
   * (`"none"`): then the distortion is the cross-entropy of most tutorials, which is no likelihood.
   */
  readonly binarize?: "dynamic" | "static" | "none";
}

const options = {
  binarize: {
    rule: rules.oneOf(["dynamic", "static", "none"]),
    default: "dynamic",
    doc: "how grey values become binary: drawn at every visit, drawn once, or not at all as in most tutorials (no likelihood then)",
  },
} satisfies OptionTable<BernoulliLikelihoodOptions>;

/**
 * Binary values, or grey ones in [0, 1] that are binarized; the decoder gives logits.
 *
 * @param shape of the column per example, such as `[28, 28, 1]`, or `[]` for a column of a table
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function bernoulliLikelihood(
  shape: readonly number[],
  given: BernoulliLikelihoodOptions = {},
): Likelihood {
  const { binarize } = readOptions("bernoulliLikelihood", options, given);
  const isChosen = given.binarize !== undefined;
  return {
    kind: "bernoulli",
    options: { binarize },
    column: { shape, dtype: "float32" },
    parameterShape: shape,
    unbounded: "logits",
    drawNoise: { kind: "uniform", shape },
    reader: (at, values) => bernoulliReader(at, values, { shape, binarize, isChosen }),
    distribution: (logits) => bernoulli({ logits }),
  };
}

interface Rule {
  readonly shape: readonly number[];
  readonly binarize: "dynamic" | "static" | "none";
  /** Whether the caller said how; otherwise grey values are worth a word. */
  readonly isChosen: boolean;
}

function bernoulliReader(
  at: ArgumentName,
  values: NdArray,
  { shape, binarize, isChosen }: Rule,
): ColumnReader {
  const grey = numbersReader(at, values, { shape, range: [0, 1] });
  if (binarize === "none") return grey;
  const { data } = values;
  const size = sizeOf(shape);
  const warnings = [...(grey.warnings ?? [])];
  if (binarize === "dynamic" && !isChosen && hasGrey(values)) {
    warnings.push(
      `${at.name} has grey values, which are binarized anew at every visit; the usual tutorial feeds them as they are: likelihood { kind: "bernoulli", binarize: "none" } ("dynamic" says that this is meant)`,
    );
  }
  return {
    ...grey,
    warnings,
    fillRow(out, place, random) {
      if (random === undefined) {
        grey.fillRow(out, place);
        return;
      }
      const stream = binarize === "static" ? staticStream(place.row ?? place.index) : random;
      const target = { out, at: place.at, from: place.index * size, size };
      if (!isImage(shape) || data instanceof Float32Array) binarizeFloatsInto(target, data, stream);
      else binarizeLevelsInto(target, data, stream);
    },
  };
}
