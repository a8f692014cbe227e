import type { EngineName } from "../types.ts";
import type { Engine } from "./engine.ts";
import type { KernelHost } from "./kernelHost.ts";
import { kernelProgram } from "./kernelProgram.ts";

/** An engine on our own kernels. */
export function kernelEngine(host: KernelHost, threads: number | undefined): Engine {
  const count = Math.min(threads ?? host.usualThreads, host.mostThreads);
  host.useThreads(count); // shows where they are forbidden
  return {
    name: host.name satisfies EngineName,
    device: "cpu",
    instructionSet: host.instructionSet,
    get threads() {
      return Math.min(count, host.mostThreads);
    },
    prepare: (request) => kernelProgram(request, { host, threads: count }),
  };
}
