export {
  assertInteger,
  assertKnownOptions,
  assertNumber,
  assertOneOf,
  assertPath,
  assertShape,
} from "./arguments.ts";
export type { ArgumentName, NumberRule } from "./arguments.ts";
export { crc32 } from "./crc32.ts";
export { describeValue } from "./describeValue.ts";
export { fromBfloat16, fromFloat16 } from "./float16.ts";
export { isRecord } from "./isRecord.ts";
export { describeOptions, readOptions, rules } from "./options.ts";
export type {
  Option,
  OptionDescription,
  Options,
  OptionTable,
  OptionValues,
  Rule,
} from "./options.ts";
export { reasonOf } from "./reasonOf.ts";
export { copyStrided } from "./strided.ts";
export type { StridedView } from "./strided.ts";
export { Xoshiro } from "./xoshiro.ts";
export {
  findZipDirectory,
  memberBytes,
  memberStart,
  readZipDirectory,
  zipMembers,
  zipTailBytes,
} from "./zip.ts";
export type { ZipDirectory, ZipMember } from "./zip.ts";
