/** Networks of dense layers, first as sizes: a model that is loaded brings its own. */
import * as tfl from "@tensorflow/tfjs-layers";
import { describeValue, quietTensorflow, Random, type Networks } from "@elbo/core";

/** Options of one layer. */
export interface DenseLayer {
  readonly units: number;
  readonly activation?: "relu" | "tanh" | "linear";
  /** Default true. */
  readonly useBias?: boolean;
  /** Kernels are uniform within `gain sqrt(3 / fanIn)`, variance `gain^2 / fanIn`; default 1, and sqrt(2) before a ReLU. */
  readonly gain?: number;
}

/** A network of dense layers, `[inputs]` to the units of the last one. */
export interface DenseNetwork {
  readonly inputs: number;
  readonly layers: readonly DenseLayer[];
}

/** Networks by name. */
export type DenseNetworks = Readonly<Record<string, DenseNetwork>>;

/** Makes networks, their weights drawn by the seed and the name alone. */
export function makeNetworks(networks: DenseNetworks, seed: number): Networks {
  quietTensorflow();
  return Object.fromEntries(
    Object.entries(networks).map(([name, { inputs, layers }]) => {
      const random = new Random(seed).fork("sequences", name);
      const input = tfl.input({ shape: [inputs], name: "input" });
      let [tensor, size] = [input, inputs];
      layers.forEach((layer, i) => {
        tensor = denseLayer(`dense${i + 1}`, layer, { size, random }).apply(
          tensor,
        ) as tfl.SymbolicTensor;
        size = layer.units;
      });
      return [name, tfl.model({ inputs: input, outputs: tensor, name })];
    }),
  );
}

function denseLayer(
  name: string,
  { units, activation = "linear", useBias = true, gain }: DenseLayer,
  { size, random }: { readonly size: number; readonly random: Random },
): tfl.layers.Layer {
  const bound = (gain ?? (activation === "relu" ? Math.SQRT2 : 1)) * Math.sqrt(3 / size);
  const kernelInitializer = tfl.initializers.randomUniform({
    minval: -bound,
    maxval: bound,
    seed: random.integer(2 ** 31), // TF.js draws its own without a seed
  });
  return tfl.layers.dense({ name, units, activation, useBias, kernelInitializer });
}

/**
 * Refuses networks that have other names, inputs or outputs than those of the sizes.
 *
 * @throws RangeError naming what was wanted
 */
export function assertNetworks(fn: string, wanted: DenseNetworks, given: Networks): void {
  const [names, got] = [wanted, given].map((networks) => Object.keys(networks).sort().join(", "));
  if (names !== got) {
    throw new RangeError(`${fn}: network must hold ${names}, got ${describeValue(got)}`);
  }
  for (const [name, { inputs, layers }] of Object.entries(wanted)) {
    const network = given[name];
    const ends = [network.inputs[0].shape.slice(1), network.outputs[0].shape.slice(1)];
    const sizes = [[inputs], [layers[layers.length - 1].units]];
    if (JSON.stringify(ends) === JSON.stringify(sizes)) continue;
    throw new RangeError(
      `${fn}: network ${name} must take [${sizes[0].join()}] and give [${sizes[1].join()}], got [${ends[0].join()}] and [${ends[1].join()}]`,
    );
  }
}
