/**
 * Frees the memory of arrays at once, without waiting for the garbage collector.
 *
 * ONNX Runtime hands out a copy of every result, those too that it wrote into our memory: megabytes per step that are
 * never looked at, and whose collection costs more than making them. Memory that is transferred to a closed port is freed
 * on the spot.
 */
import type { OrtTensor } from "./ort.ts";

let port: MessagePort | undefined;

function closedPort(): MessagePort {
  if (port) return port;
  const channel = new MessageChannel();
  channel.port2.close();
  port = channel.port1;
  // In Node a port keeps the process alive until told otherwise.
  (port as MessagePort & { unref?: () => void }).unref?.();
  return port;
}

/** Frees results that are of no more use; what lies in memory of our own, which is given, stays. */
export function discard(tensors: readonly OrtTensor[], own: ReadonlySet<ArrayBufferLike>): void {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of tensors) {
    const { buffer } = data as Float32Array;
    if (buffer instanceof ArrayBuffer && !own.has(buffer)) buffers.add(buffer);
  }
  if (buffers.size > 0) closedPort().postMessage(undefined, [...buffers]);
}
