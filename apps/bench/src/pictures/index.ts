import { codeGrids } from "./codes.ts";
import { permutedCodes } from "./permutedCodes.ts";
import { interpolations, traversals } from "./paths.ts";
import { classSamples, priorSamples } from "./samples.ts";
import type { PictureKind } from "./picture.ts";

/** Every kind of picture, in the order of the report; each model shows those that suit it. A new one is a file beside this one and a row here. */
export const pictureKinds: readonly PictureKind[] = [
  priorSamples,
  classSamples,
  interpolations,
  traversals,
  codeGrids,
  permutedCodes,
];
