import { sharedMemory } from "./arena.ts";
import { emitLoop, loopKey, type LoopBody, type LoopFunction } from "../loops/kernel.ts";

const compiled = new Map<string, LoopFunction>();

/** The loop for a body; bodies that compute the same share one. */
export async function compileLoop(body: LoopBody): Promise<LoopFunction> {
  const key = loopKey(body);
  const known = compiled.get(key);
  if (known) return known;
  const { instance } = await WebAssembly.instantiate(emitLoop(body), {
    env: { memory: sharedMemory() },
  });
  const run = instance.exports.run as LoopFunction;
  compiled.set(key, run);
  return run;
}
