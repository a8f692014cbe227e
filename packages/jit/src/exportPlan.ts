import type { Graph } from "./graph/value.ts";
import { plan } from "./plan/plan.ts";
import { encodePlan, weightTypes } from "./plan/planFile.ts";
import { simplify } from "./rewrite/simplify.ts";
import type { FeedSpec, PlanOptions, TypedArray } from "./types.ts";

/** What an export needs. */
export interface PlanRequest {
  readonly specs: Readonly<Record<string, FeedSpec>>;
  readonly traceFor: (batch: number | undefined) => Graph;
  /** The values of the state, which the file keeps. */
  readonly state: readonly TypedArray[];
  readonly options: PlanOptions;
}

/**
 * The function as a program of kernel calls in a file, state included.
 *
 * @throws RangeError when the batch size is missing or no integer from 1 on, or an output or a type of weights is unknown
 */
export function exportPlan({ specs, traceFor, state, options }: PlanRequest): Uint8Array {
  const { batch, outputs, weights = "float32" } = options;
  if (!weightTypes.includes(weights)) {
    throw new RangeError(
      `toPlan: weights must be ${weightTypes.join(", ")}, got ${String(weights)}`,
    );
  }
  const hasBatch = Object.values(specs).some(({ shape }) => shape[0] === null);
  if (hasBatch && !(Number.isInteger(batch) && (batch as number) >= 1)) {
    throw new RangeError(`toPlan: batch must be an integer from 1 on, got ${String(batch)}`);
  }
  const graph = simplify(traceFor(hasBatch ? batch : undefined), { convolutions: "keep" });
  const names = graph.outputs.map(({ name }) => name);
  const wanted = (outputs ?? names).map((name) => {
    const output = graph.outputs.find((candidate) => candidate.name === name);
    if (!output) {
      throw new RangeError(`toPlan: outputs must be among ${names.join(", ")}, got "${name}"`);
    }
    return output;
  });
  const made = plan({ ...graph, outputs: wanted });
  return encodePlan(
    made,
    made.states.map((i) => ({ array: state[i], shape: graph.state[i].shape })),
    weights,
  );
}
