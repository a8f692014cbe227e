import { assertInteger, describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { normalQuantile } from "../numeric/normalQuantile.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { CallOptions } from "../operations/call.ts";
import { decode } from "../operations/decode.ts";
import type { PrincipalComponents } from "./principalComponents.ts";

interface ManifoldOwn {
  /** Examples along each side; default 16. */
  readonly side?: number;
  /** The two latents that span the plane, the others 0; default `[0, 1]`. */
  readonly dimensions?: readonly number[];
  /** Spans the plane by the first two principal components of codes, through their mean, instead. */
  readonly plane?: PrincipalComponents;
}

/** Options of {@link manifold}. */
export interface ManifoldOptions extends CallOptions, ManifoldOwn {}

const manifoldTable = {
  side: { rule: rules.integer({ min: 2, max: 256 }), default: 16, doc: "examples along each side" },
  dimensions: {
    rule: rules.list(rules.integer({ min: 0 })),
    default: undefined,
    shown: "[0, 1]",
    doc: "the two latents that span the plane",
  },
  plane: {
    rule: rules.such<PrincipalComponents>(
      "what principalComponents() gave",
      (value) => typeof (value as Partial<PrincipalComponents> | null)?.project === "function",
    ),
    default: undefined,
    doc: "spans the plane by principal components",
  },
} satisfies OptionTable<ManifoldOwn>;

/**
 * Examples over a plane of the latent space, at quantiles of a normal distribution in both directions, so that each picture stands for as
 * much of the prior (Kingma and Welling 2014, figure 4); with `plane`, of the normal distribution that the codes have along each
 * component.
 *
 * @returns `[side, side, ...]`; the first axis goes down along the second direction, from high to low
 * @throws TypeError or RangeError for latents that are not one vector, or options that make no sense
 */
export async function manifold(
  model: LatentVariableModel,
  options: ManifoldOptions = {},
): Promise<NdArray<Float32Array>> {
  const fn = "manifold";
  const { side: givenSide, dimensions: givenDimensions, plane: givenPlane, ...call } = options;
  const { side, dimensions, plane } = readOptions(fn, manifoldTable, {
    side: givenSide,
    dimensions: givenDimensions,
    plane: givenPlane,
  });
  const [{ latent }, ...others] = Object.values(model.levels);
  if (latent.length !== 1 || others.length > 0) {
    throw new Error(
      `${fn}: latents must be one vector, got ${others.length > 0 ? `${others.length + 1} levels` : `the shape [${latent.join(", ")}]`}`,
    );
  }
  const frame = frameOf(fn, { size: latent[0], dimensions, plane });
  const steps = Array.from({ length: side }, (_, i) => normalQuantile((i + 0.5) / side));
  const codes = new Float32Array(side * side * latent[0]);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const at = (row * side + column) * latent[0];
      for (let d = 0; d < latent[0]; d++) {
        codes[at + d] =
          frame.center[d] + steps[column] * frame.across[d] + steps[side - 1 - row] * frame.up[d];
      }
    }
  }
  const shown = (await decode(
    model,
    { data: codes, shape: [side * side, latent[0]] },
    call,
  )) as NdArray<Float32Array>;
  return { data: shown.data, shape: [side, side, ...shown.shape.slice(1)] };
}

interface Frame {
  readonly center: Float64Array;
  readonly across: Float64Array;
  readonly up: Float64Array;
}

function frameOf(
  fn: string,
  {
    size,
    dimensions = [0, 1],
    plane,
  }: {
    readonly size: number;
    readonly dimensions: readonly number[] | undefined;
    readonly plane: PrincipalComponents | undefined;
  },
): Frame {
  if (plane !== undefined) {
    if (plane.mean.length !== size || plane.variances.length < 2) {
      throw new RangeError(
        `${fn}: plane must have two components of ${size} latents, got ${plane.variances.length} of ${plane.mean.length}`,
      );
    }
    const along = (k: number): Float64Array =>
      plane.directions
        .slice(k * size, (k + 1) * size)
        .map((x) => x * Math.sqrt(Math.max(plane.variances[k], 0)));
    return { center: plane.mean, across: along(0), up: along(1) };
  }
  if (dimensions.length !== 2 || dimensions[0] === dimensions[1]) {
    throw new RangeError(
      `${fn}: dimensions must be two different latents, got ${describeValue([...dimensions])}`,
    );
  }
  for (const d of dimensions) assertInteger({ fn, name: "dimensions" }, d, { min: 0, below: size });
  const unit = (at: number): Float64Array =>
    Float64Array.from({ length: size }, (_, d) => (d === at ? 1 : 0));
  return { center: new Float64Array(size), across: unit(dimensions[0]), up: unit(dimensions[1]) };
}
