export { jit } from "./jit.ts";
export { measureMemory } from "./measureMemory.ts";
export type { MemoryMeasure } from "./measureMemory.ts";
export { useOnnxRuntime } from "./runtime/onnxEngine.ts";
export { quietTensorflow } from "./runtime/quiet.ts";
export { engineNames } from "./types.ts";
export type {
  CallOptions,
  CompiledFunction,
  Device,
  DType,
  EngineName,
  EngineReport,
  FeedSpec,
  FeedValue,
  KernelTime,
  JitOptions,
  NdArray,
  OnnxOptions,
  PlanOptions,
  TracedFunction,
  TypedArray,
} from "./types.ts";
