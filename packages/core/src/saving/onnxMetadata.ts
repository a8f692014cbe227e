/** What the inputs and outputs of exported files are, in words and numbers, for whoever has the files alone. */
import type { JsonObject } from "../json.ts";
import type { Likelihood } from "../likelihoods/likelihood.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { outputName } from "../operations/call.ts";
import { codeSpecOf, priorNoise } from "../operations/programs.ts";
import { noiseFeed } from "../step/feeds.ts";
import { version } from "../version.ts";

/** The files of an export. */
export type OnnxFile = "encoder" | "decoder" | "prior";

/** Axes of an example by how many there are. */
const layouts = ["one value", "values", "length, channels", "height, width, channels"];

const layoutOf = (shape: readonly number[]): string => layouts[shape.length] ?? "row-major";

/**
 * The metadata of a file: `elbo` (version), `model` (its kind), `step`, and `inputs` and `outputs` as JSON, by name:
 * `{ about, layout, range }`. All arrays are `[batch, ...]`, row-major.
 */
export function onnxMetadata(model: LatentVariableModel, file: OnnxFile): Record<string, string> {
  const { inputs, outputs } = describe[file](model);
  return {
    elbo: version,
    model: model.kind,
    step: String(model.step),
    inputs: JSON.stringify(inputs),
    outputs: JSON.stringify(outputs),
  };
}

interface Description {
  readonly inputs: JsonObject;
  readonly outputs: JsonObject;
}

const describe: Readonly<Record<OnnxFile, (model: LatentVariableModel) => Description>> = {
  encoder: (model) => ({
    inputs: { ...columnsOf(model), ...conditionOf(model) },
    outputs: byLevel(model, (name, level) => ({
      [outputName("code", name, model.levels)]: codeOf(level),
      [outputName("latents", name, model.levels)]: { about: "latents without noise" },
      [outputName("features", name, model.levels)]: {
        about: `what the encoder gives the ${level.kind} latents: for Gaussian ones means, then log variances before their bounds`,
      },
    })),
  }),
  decoder: (model) => ({
    inputs: {
      ...byLevel(model, (name, level) => ({
        [outputName("code", name, model.levels)]: { ...codeOf(level), drawn: drawnFrom(level) },
      })),
      ...conditionOf(model),
    },
    outputs: Object.fromEntries(
      Object.entries(model.example).map(([name, likelihood]) => [name, outputOf(name, likelihood)]),
    ),
  }),
  prior: (model) => ({
    inputs: {
      ...Object.fromEntries(
        Object.entries(priorNoise(model)).map(([name, { kind }]) => [
          noiseFeed(name),
          { about: `noise, independent values of the kind ${kind}` },
        ]),
      ),
      ...conditionOf(model),
    },
    outputs: byLevel(model, (name) => ({
      [outputName("latents", name, model.levels)]: {
        about: "a draw of the prior: what the decoder takes as code, where codes are latents",
      },
    })),
  }),
};

type Level = LatentVariableModel["levels"][string];

function byLevel(
  { levels }: LatentVariableModel,
  of: (name: string, level: Level) => JsonObject,
): JsonObject {
  return Object.fromEntries(
    Object.entries(levels).flatMap(([name, level]) => Object.entries(of(name, level))),
  );
}

function codeOf(level: Level): JsonObject {
  const { dtype, limit } = codeSpecOf(level);
  return {
    about: level.code === undefined ? "latents without noise" : `code of ${level.kind} latents`,
    ...(limit === undefined || dtype !== "int32" ? {} : { below: limit }),
  };
}

function drawnFrom(level: Level): string {
  if (level.prior === undefined) return "these latents have no prior";
  if (level.priorIsLearned === true) return "prior.onnx";
  const kind = level.options?.["prior"];
  return `independent values of the standard ${typeof kind === "string" ? kind : "normal"} distribution`;
}

const columnsOf = ({ example }: LatentVariableModel): JsonObject =>
  Object.fromEntries(
    Object.entries(example).map(([name, likelihood]) => {
      const { column, kind, options } = likelihood;
      return [
        name,
        {
          about: `what the model explains, likelihood ${kind}`,
          layout: layoutOf(column.shape),
          ...rangeOf({ column, kind, ...(options === undefined ? {} : { options }) }),
          ...("observed" in likelihood ? { missing: column.dtype === "int32" ? -1 : -3e38 } : {}),
        },
      ];
    }),
  );

/** Grey levels of images are given as fractions of 255; of other values the likelihood says what they are. */
function rangeOf({
  column,
  kind,
  options,
}: Pick<Likelihood, "column" | "kind" | "options">): JsonObject {
  const isImage = column.shape.length === 3;
  if (column.dtype === "int32") {
    const count = options?.["classes"] ?? options?.["levels"];
    return typeof count === "number" ? { range: [0, count - 1] } : {};
  }
  const isFraction = kind === "bernoulli" || kind === "discretized-logistic";
  return isFraction || isImage ? { range: [0, 1] } : {};
}

function outputOf(name: string, likelihood: Likelihood): JsonObject {
  const { column } = likelihood;
  const shown = column.dtype === "int32" ? "the most likely value" : "the mean";
  return {
    about: `${shown} of p(${name} | z), ${likelihood.kind}; ${name}_<parameter> beside it are the parameters of that distribution`,
    layout: layoutOf(column.shape),
    ...rangeOf(likelihood),
  };
}

const conditionOf = ({ condition }: LatentVariableModel): JsonObject =>
  Object.fromEntries(
    Object.entries(condition?.columns ?? {}).map(([name, { shape }]) => [
      name,
      {
        about: "what the model is told",
        layout: layoutOf(shape),
        ...(condition?.options === undefined ? {} : { options: condition.options }),
      },
    ]),
  );
