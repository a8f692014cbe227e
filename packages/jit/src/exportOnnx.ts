import { constant } from "./graph/operations/leaves.ts";
import type { Graph, Value } from "./graph/value.ts";
import { encodeModel, type OnnxModel } from "./onnx/encode.ts";
import { freeBatch } from "./onnx/freeBatch.ts";
import { nameNodes } from "./onnx/nameNodes.ts";
import { buildModel } from "./onnx/toModel.ts";
import { rebuild } from "./rewrite/rebuild.ts";
import { simplify } from "./rewrite/simplify.ts";
import type { FeedSpec, OnnxOptions, TypedArray } from "./types.ts";

/** What an export needs. */
export interface ExportRequest {
  readonly specs: Readonly<Record<string, FeedSpec>>;
  readonly traceFor: (batch: number | undefined) => Graph;
  /** The values of the state, which become constants. */
  readonly state: readonly TypedArray[];
  readonly options: OnnxOptions;
}

/** Two sizes that no layer is likely to have, so that what depends on the batch can be told from what does not. */
const probes = [1009, 1013] as const;

/**
 * The function as an ONNX model: feeds as inputs, outputs as outputs, state as constants.
 *
 * @throws RangeError or Error when the batch size cannot be what was asked for, or the function assigns to its state
 */
export function exportOnnx(request: ExportRequest): Uint8Array {
  const { specs, options } = request;
  if (options.stateNames !== undefined && options.stateNames.length !== request.state.length) {
    throw new RangeError(
      `toOnnx: stateNames must be ${request.state.length}, one per variable, got ${options.stateNames.length}`,
    );
  }
  const hasBatch = Object.values(specs).some(({ shape }) => shape[0] === null);
  const batch = options.batch ?? (hasBatch ? "free" : undefined);
  if (batch === undefined || typeof batch === "number") {
    if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1)) {
      throw new RangeError(`toOnnx: batch must be "free" or an integer from 1 on, got ${batch}`);
    }
    return finished(modelFor(request, batch), options);
  }
  if (!hasBatch) {
    throw new RangeError('toOnnx: batch must be given only when a feed has a batch, got "free"');
  }
  const [a, b] = probes.map((size) => ({ batch: size, model: modelFor(request, size) }));
  return finished(freeBatch(a, b), options);
}

const finished = (model: OnnxModel, { metadata }: OnnxOptions): Uint8Array =>
  encodeModel(nameNodes(model), metadata);

function modelFor(
  { traceFor, state, options }: ExportRequest,
  batch: number | undefined,
): OnnxModel {
  const traced = traceFor(batch);
  if (traced.updates.length > 0) {
    throw new Error(
      `toOnnx: the function must not assign to its state, got ${traced.updates.length} assignments; export the pure part, such as the encoder or decoder`,
    );
  }
  const graph = simplify(withConstants(traced, state), { convolutions: "keep" });
  const { stateNames = [] } = options;
  const names = new Map(stateNames.map((name, i) => [state[i], name] as const));
  return buildModel({ inputs: graph.feeds, outputs: graph.outputs, names });
}

/** Puts the values of the state in its place. */
function withConstants(graph: Graph, state: readonly TypedArray[]): Graph {
  const values = new Map<Value, Value>();
  graph.state.forEach((leaf, i) => values.set(leaf, constant(state[i], leaf.shape, leaf.dtype)));
  return rebuild(graph, [(node) => values.get(node.outputs[0])]).graph;
}
