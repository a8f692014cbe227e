import { jaxJsCompetitor } from "./jaxJsCompetitor.ts";
import { tfjsCompetitor } from "./tfjsCompetitor.ts";
import type { Competitor } from "./competitor.ts";

/** The contestants that run in Node, by the names of `contestants.ts`. */
export const competitors: Readonly<Record<string, () => Competitor>> = {
  native: () => tfjsCompetitor({ engine: "native" }),
  wasm: () => tfjsCompetitor({ engine: "wasm" }),
  "ort-web": () => tfjsCompetitor({ engine: "onnx", web: true }),
  "tfjs-node": () => tfjsCompetitor({ engine: "eager", backend: "tensorflow" }),
  "tfjs-wasm": () => tfjsCompetitor({ engine: "eager", backend: "wasm" }),
  "tfjs-cpu": () => tfjsCompetitor({ engine: "eager", backend: "cpu" }),
  "jax-js": () => jaxJsCompetitor(),
};
