import * as ort from "onnxruntime-web/webgpu";
import { useOnnxRuntime, type JitOptions } from "../../src/index.ts";
import { trainingRun } from "../trainingRun.ts";

/** Trains when told how, and answers with losses, weights, engine and threads, or with what went wrong. */
self.onmessage = (event: MessageEvent<{ options: Partial<JitOptions>; steps: number }>) => {
  const { options, steps } = event.data;
  if (options.engine === "onnx") useOnnxRuntime(ort);
  trainingRun(options, steps).then(
    (run) => {
      self.postMessage(run);
    },
    (error: unknown) => {
      self.postMessage({ error: String(error) });
    },
  );
};
