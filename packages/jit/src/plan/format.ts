/**
 * The numbers of native/program.h, which says what they mean; a test compares the two files.
 *
 * A program is an Int32Array: a header, a table of operands, instructions and tile programs.
 */

/** First word of every program. */
export const programFormat = 0x6f626c02;

/** Words of the header; the last is its length. */
export const header = {
  magic: 0,
  words: 1,
  regions: 2,
  operands: 3,
  operandsAt: 4,
  instructions: 5,
  instructionsAt: 6,
  length: 8,
} as const;

/** Offsets and sizes of operands are in units of so many bytes. */
export const operandUnit = 64;

/** Types of elements. */
export const elementTypes = {
  float32: 0,
  int32: 1,
  bool: 2,
} as const;

/** Kernels. */
export const kernels = {
  tiles: 1,
  copy: 2,
  gather: 3,
  scatterRows: 4,
  countRows: 5,
  argExtreme: 6,
  cumSum: 7,
  topK: 8,
  softmax: 9,
  pool: 10,
  gemm: 16,
  gemmArgMin: 17,
  gemmArgMax: 18,
  conv2d: 19,
  conv2dInputGradient: 20,
  conv2dFilterGradient: 21,
  depthwise: 22,
  depthwiseInputGradient: 23,
  depthwiseFilterGradient: 24,
} as const;

/** Limits of tile programs and of copies. */
export const limits = {
  tile: 1024,
  tileDims: 6,
  registers: 24,
  accesses: 24,
  instructions: 96,
  reductions: 4,
  reduceParts: 16,
  moveDims: 12,
} as const;

/** Kinds of reductions. */
export const reductions = {
  sum: 0,
  max: 1,
  min: 2,
  prod: 3,
  mean: 4,
} as const;

/** Operations of tile instructions. */
export const tile = {
  load: 1,
  store: 2,
  constant: 3,
  accumulator: 4,
  index: 5,
  reduce: 6,
  add: 16,
  sub: 17,
  mul: 18,
  div: 19,
  max: 20,
  min: 21,
  mod: 22,
  pow: 23,
  muladd: 24,
  mulsub: 25,
  nmuladd: 26,
  squaredDifference: 27,
  weighted: 28,
  overRoot: 29,
  floorDiv: 30,
  equal: 32,
  less: 33,
  lessEqual: 34,
  greater: 35,
  greaterEqual: 36,
  select: 40,
  and: 41,
  or: 42,
  not: 43,
  xor: 44,
  intAdd: 48,
  intSub: 49,
  intMul: 50,
  intMax: 51,
  intMin: 52,
  intMod: 53,
  intPow: 54,
  intEqual: 55,
  intLess: 56,
  intLessEqual: 57,
  intGreater: 58,
  intGreaterEqual: 59,
  intNeg: 60,
  intAbs: 61,
  intSign: 62,
  intFloorDiv: 63,
  floatToInt: 72,
  intToFloat: 73,
  maskToFloat: 74,
  maskToInt: 75,
  floatToMask: 76,
  intToMask: 77,
  abs: 80,
  neg: 81,
  sign: 82,
  sqrt: 83,
  rsqrt: 84,
  reciprocal: 85,
  square: 86,
  ceil: 87,
  floor: 88,
  round: 89,
  relu: 90,
  clip: 91,
  leakyRelu: 92,
  elu: 93,
  selu: 94,
  isNan: 95,
  isInf: 96,
  exp: 97,
  log: 98,
  sigmoid: 99,
  softplus: 100,
  tanh: 101,
  erf: 102,
  sin: 103,
  cos: 104,
  tan: 105,
  asin: 106,
  acos: 107,
  atan: 108,
  sinh: 109,
  cosh: 110,
  asinh: 111,
  acosh: 112,
  atanh: 113,
  expm1: 114,
  log1p: 115,
  step: 116,
} as const;
