import type { Device } from "../types.ts";
import type { Engine } from "./engine.ts";

/** Stands in for the native engine where there is no Node. */
export function nativeEngine(device: Device, threads: number | undefined): Promise<Engine> {
  void threads;
  return Promise.reject(new Error(`a native library for ${device} needs Node`));
}
