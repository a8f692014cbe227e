import { jaxJsPlayer } from "./jaxJsPlayer.ts";
import { tfjsPlayer } from "./tfjsPlayer.ts";
import type { Player } from "./player.ts";

/** The contestants that run in Node, by the names of `contestants.ts`. */
export const players: Readonly<Record<string, () => Player>> = {
  native: () => tfjsPlayer({ engine: "native" }),
  wasm: () => tfjsPlayer({ engine: "wasm" }),
  "tfjs-node": () => tfjsPlayer({ engine: "eager", backend: "tensorflow" }),
  "tfjs-wasm": () => tfjsPlayer({ engine: "eager", backend: "wasm" }),
  "tfjs-cpu": () => tfjsPlayer({ engine: "eager", backend: "cpu" }),
  "jax-js": () => jaxJsPlayer(),
};
