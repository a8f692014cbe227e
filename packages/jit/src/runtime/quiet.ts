import * as tf from "@tensorflow/tfjs-core";

let done = false;

/**
 * Lets TF.js start without the banner that its CPU backend, where there is one, prints at the first tensor under Node.
 *
 * Call it before making variables; calling it again does nothing.
 */
export function quietTensorflow(): void {
  const others = ["webgpu", "webgl", "wasm", "tensorflow"];
  if (done || !tf.findBackendFactory("cpu") || others.some(tf.findBackendFactory)) return;
  done = true;
  const production = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  try {
    tf.scalar(0).dispose();
  } finally {
    tf.env().set("PROD", production);
  }
}
