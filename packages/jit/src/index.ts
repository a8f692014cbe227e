export { jit } from "./jit.ts";
export { quietTensorflow } from "./runtime/quiet.ts";
export type {
  CallOptions,
  CompiledFunction,
  Device,
  DType,
  EngineName,
  EngineReport,
  FeedSpec,
  FeedValue,
  JitOptions,
  NdArray,
  OnnxOptions,
  TracedFunction,
  TypedArray,
} from "./types.ts";
