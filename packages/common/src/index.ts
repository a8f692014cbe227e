export { describeValue } from "./describeValue.ts";
export { reasonOf } from "./reasonOf.ts";
export { Xoshiro } from "./xoshiro.ts";
