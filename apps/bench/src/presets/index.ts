import { anomalyPreset } from "./anomaly.ts";
import { conditionalPreset } from "./conditional.ts";
import { defaultPreset } from "./default.ts";
import { defaultSearchPreset } from "./defaultSearch.ts";
import { disentanglementPreset } from "./disentanglement.ts";
import { paperPreset } from "./paper.ts";
import { quantizersPreset, quantizersSpritesPreset } from "./quantizers.ts";
import { quickPreset } from "./quick.ts";
import { samplersPreset } from "./samplers.ts";
import type { Preset } from "./preset.ts";

/** Every named configuration, by the name that `--preset` calls it. A new one is a file beside this one and a row here. */
export const presets: Readonly<Record<string, Preset>> = {
  quick: quickPreset,
  default: defaultPreset,
  disentanglement: disentanglementPreset,
  conditional: conditionalPreset,
  anomaly: anomalyPreset,
  paper: paperPreset,
  "default-search": defaultSearchPreset,
  quantizers: quantizersPreset,
  "quantizers-sprites": quantizersSpritesPreset,
  samplers: samplersPreset,
};
