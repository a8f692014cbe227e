import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { OnnxRuntimeLike } from "@elbo/core";
import { Refusal } from "../refusal.ts";

/** Bytes of a model file: the graph, and beside it the weights where an exporter puts them into `FILE.data`. */
export interface OnnxFile {
  readonly graph: Uint8Array;
  readonly weights?: Uint8Array;
}

/**
 * Reads an ONNX file, and `FILE.data` where the graph names it (PyTorch's exporter puts weights there).
 *
 * @throws Refusal for a file that is not there
 */
export function readOnnxFile(path: string): OnnxFile {
  if (!existsSync(path))
    throw new Refusal(`bench: file must be an ONNX model that there is, got ${path}`);
  const graph = readFileSync(path);
  const beside = `${path}.data`;
  return graph.includes(basename(beside)) && existsSync(beside)
    ? { graph, weights: readFileSync(beside) }
    : { graph };
}

/** A digest of graph and weights: 64 hexadecimal digits of SHA-256. */
export function digestOf({ graph, weights }: OnnxFile): string {
  const hash = createHash("sha256").update(graph);
  if (weights !== undefined) hash.update(weights);
  return hash.digest("hex");
}

/** ONNX Runtime, and which of its packages it is. */
export interface FoundRuntime {
  readonly name: "onnxruntime-node" | "onnxruntime-web";
  readonly runtime: OnnxRuntimeLike;
}

/**
 * ONNX Runtime in native code where it is installed, else in WebAssembly.
 *
 * @throws Refusal where neither is
 */
export async function onnxRuntime(): Promise<FoundRuntime> {
  for (const name of ["onnxruntime-node", "onnxruntime-web"] as const) {
    try {
      const module = (await import(name)) as OnnxRuntimeLike & { default?: OnnxRuntimeLike };
      return { name, runtime: module.default ?? module };
    } catch {
      // The next one, if there is one.
    }
  }
  throw new Refusal(
    "bench: onnxruntime-node or onnxruntime-web must be installed for models of ONNX files, got neither; install one of them: pnpm add -w onnxruntime-web",
  );
}

/** The runtime for one file: its sessions find the weights that lie beside the graph. */
export function runtimeOf(
  { runtime }: FoundRuntime,
  path: string,
  { weights }: OnnxFile,
): OnnxRuntimeLike {
  if (weights === undefined) return runtime;
  const externalData = [{ path: `${basename(path)}.data`, data: weights }];
  const create = runtime.InferenceSession.create.bind(runtime.InferenceSession) as (
    model: Uint8Array,
    options: unknown,
  ) => Promise<unknown>;
  return {
    Tensor: runtime.Tensor,
    InferenceSession: { create: (model) => create(model, { externalData }) },
  };
}
