import util from "node:util";
import * as tf from "@tensorflow/tfjs-core";

/** What tfjs-node 4.22.0 calls and Node 23 took out of `node:util`. */
const removed = {
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  isArray: (value: unknown): boolean => Array.isArray(value),
};

/**
 * Loads `@tensorflow/tfjs-node`, which then is TF.js's backend `tensorflow` and the active one. What Node 23 and later lack for it is put
 * back first.
 *
 * @returns the versions of tfjs-node and of the TensorFlow library under it
 * @throws Error when the package is not installed, its binary was not set up, or it came with a TF.js of its own
 */
export async function loadTfjsNode(): Promise<Record<string, string>> {
  const target = util as unknown as Record<string, unknown>;
  for (const [name, replacement] of Object.entries(removed)) target[name] ??= replacement;
  const name = "@tensorflow/tfjs-node"; // not a literal: bundlers leave it alone
  const module = (await import(name)) as typeof tf & { version: Record<string, string> };
  if (module.engine() !== tf.engine() || module.Tensor !== tf.Tensor) {
    throw new Error(
      `loadTfjsNode: tfjs-node must share one @tensorflow/tfjs-core with the bench (${tf.version_core}), got another copy (${module.version["tfjs-core"]})`,
    );
  }
  await tf.setBackend("tensorflow");
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  return { "tfjs-node": module.version["tfjs-node"], tensorflow: binding.TF_Version };
}
