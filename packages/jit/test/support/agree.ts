import { expectClose, type Tolerance } from "@elbo/test-utils";
import { expect } from "vitest";
import { jit } from "../../src/index.ts";
import type { DType, JitOptions, NdArray, TracedFunction } from "../../src/types.ts";

/** Options of {@link expectAgreement}. */
export interface Agreement extends Tolerance {
  readonly engine?: JitOptions["engine"];
  readonly threads?: number;
}

function dtypeOf({ data }: NdArray): DType {
  if (data instanceof Int32Array) return "int32";
  return data instanceof Uint8Array ? "bool" : "float32";
}

/** Fails unless a function gives the same outputs compiled as it does eagerly, with tolerances relative to each output's largest value. */
export async function expectAgreement(
  fn: TracedFunction,
  inputs: Readonly<Record<string, NdArray>>,
  { engine = "native", threads = 1, rtol = 1e-4, atol = 1e-5 }: Agreement = {},
): Promise<Record<string, NdArray>> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, array]) => [
      name,
      { shape: array.shape, dtype: dtypeOf(array) },
    ]),
  );
  const eager = jit(fn, { feeds, engine: "eager" });
  const compiled = jit(fn, { feeds, engine, threads });
  try {
    const expected = await eager(inputs);
    const actual = await compiled(inputs);
    for (const [name, { data, shape }] of Object.entries(expected)) {
      expect(actual[name].shape, name).toEqual(shape);
      const scale = Math.max(0, ...Array.from(data, Math.abs).filter(Number.isFinite));
      expectClose(actual[name].data, data, { rtol, atol: atol + rtol * scale });
    }
    return actual;
  } finally {
    eager.dispose();
    compiled.dispose();
  }
}
