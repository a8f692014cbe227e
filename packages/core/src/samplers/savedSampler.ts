import { describeValue } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import type { StoredTensor } from "../files/elementTypes.ts";
import type { Prior } from "../priors/prior.ts";
import { loadModel } from "../saving/loadModel.ts";
import type { LoadOptions } from "../saving/loadModel.ts";
import type { SavableModel } from "../saving/modelKind.ts";
import { saveModel } from "../saving/saveModel.ts";

/** A fitted sampler: saved by itself, or with the model that holds it as its `prior`. */
export interface Sampler extends Prior, SavableModel {
  /** Writes `model.json` and `weights.safetensors` into a directory, as models do; {@link loadSampler} reads them. */
  save(directory: string): Promise<void>;
}

/** Arrays of any precision by name: the values of a sampler, which are computed with in float64 or float32. */
export type SamplerValues = Readonly<Record<string, StoredTensor>>;

/** What makes a sampler of some values, and how such values are read. */
interface ValueSampler extends Pick<Sampler, "kind" | "options"> {
  readonly read: () => SamplerValues;
  /** Values of the names and shapes that `shapes` says. */
  readonly write: (values: SamplerValues) => void;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** The part of a sampler that saving needs, for one that has values and no networks. */
export function savable({
  kind,
  options,
  read,
  write,
  shapes,
}: ValueSampler): Omit<Sampler, "sample"> {
  const part: Omit<Sampler, "sample"> = {
    kind,
    options,
    networks: {},
    step: 0,
    compute: {},
    readWeights: () => Promise.resolve(read() as Record<string, NdArray>),
    // eslint-disable-next-line @typescript-eslint/require-await -- what is wrong rejects, as it does for models
    async writeWeights(given) {
      assertValues(given, shapes);
      write(given);
    },
    save(this: Sampler, directory) {
      return saveModel(this, directory);
    },
    dispose: () => undefined,
  };
  return part;
}

/** @throws RangeError for values that are missing, unknown or of another shape */
function assertValues(given: SamplerValues, shapes: ValueSampler["shapes"]): void {
  const wanted = Object.keys(shapes);
  const strange = Object.keys(given).find((name) => !wanted.includes(name));
  if (strange !== undefined) {
    throw new RangeError(
      `writeWeights: weights must be ${wanted.join(", ")}, got ${describeValue(strange)}`,
    );
  }
  for (const name of wanted) {
    const shape = Object.hasOwn(given, name) ? given[name].shape : undefined;
    if (shape?.join() === shapes[name].join()) continue;
    throw new RangeError(
      `writeWeights: ${name} must have the shape [${shapes[name].join(", ")}], got ${shape === undefined ? "none" : `[${shape.join(", ")}]`}`,
    );
  }
}

/**
 * Loads a sampler that `save` wrote: it draws the same bytes as the one that was saved.
 *
 * @throws Error when the directory holds none, or something malformed
 */
export async function loadSampler(directory: string, options?: LoadOptions): Promise<Sampler> {
  const loaded = await loadModel(directory, undefined, options);
  const isPrior = typeof (loaded as Partial<Prior>).sample === "function";
  if (isPrior && Object.keys(loaded.networks).length === 0) return loaded as Sampler;
  loaded.dispose();
  throw new Error(
    `loadSampler: ${directory} must hold a sampler of latents, got a ${loaded.kind}: loadModel reads it`,
  );
}
