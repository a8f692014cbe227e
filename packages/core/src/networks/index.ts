export { conv } from "./conv.ts";
export type { ConvOptions } from "./conv.ts";
export { mlp } from "./mlp.ts";
export type { MlpOptions } from "./mlp.ts";
export type { NetworkOptions, Networks } from "./network.ts";
export { resnet } from "./resnet.ts";
export type { ResnetOptions } from "./resnet.ts";
export { variablesOf } from "./variablesOf.ts";
export type { NetworkVariable, NetworkVariables } from "./variablesOf.ts";
