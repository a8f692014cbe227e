export { jit } from "./jit.ts";
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
