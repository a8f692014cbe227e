import { reasonOf } from "@elbo/common";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { workNamed } from "./cases/index.ts";
import { competitors } from "./engines/competitors.ts";
import type { Instance, Competitor, FitImages, WorkArrays } from "./engines/competitor.ts";
import type {
  Answer,
  Manifest,
  RequestName,
  Requests,
  StoredArray,
  StoredImages,
} from "./protocol.ts";

/**
 * @file The process of one contestant that runs in Node: `worker CONTESTANT THREADS`. It does nothing until a line of JSON on standard
 * input tells it to, and answers with a line of JSON on standard output.
 */

type Handlers = {
  readonly [Name in RequestName]: (
    request: Requests[Name]["request"],
  ) => Promise<Requests[Name]["answer"]> | Requests[Name]["answer"];
};

function handlersOf(competitor: Competitor, threads: number): Handlers {
  let current: Instance | undefined;
  const instance = (): Instance => {
    if (current === undefined) throw new Error("internal: a step before prepare");
    return current;
  };
  return {
    load: async () => ({ versions: await competitor.load(threads) }),
    async prepare({ manifest: path }) {
      current?.dispose();
      const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
      const arrays = readArrays(manifest);
      const start = performance.now();
      current = await competitor.prepare(workNamed(manifest.work), arrays);
      await current.step();
      await current.settle?.();
      return { firstStepMs: performance.now() - start };
    },
    async time({ steps }) {
      const work = instance();
      const cpu = process.cpuUsage();
      const times = [performance.now()];
      for (let i = 0; i < steps; i++) {
        await work.step();
        times.push(performance.now());
      }
      await work.settle?.();
      times[steps] = performance.now();
      const { user, system } = process.cpuUsage(cpu);
      const each = times.slice(1).map((time, i) => time - times[i]);
      return {
        ms: (times[steps] - times[0]) / steps,
        leastMs: Math.min(...each),
        cpuMs: (user + system) / 1000 / steps,
      };
    },
    memory: () => ({ peakBytes: peakBytes() }),
    check: ({ steps, values }) => instance().check(steps, values),
    profile: async () => ({ times: (await instance().profile?.()) ?? [] }),
    async finish() {
      current?.dispose();
      current = undefined;
      await sleep(1); // what was disposed of is freed once the steps before it are done
      return {};
    },
  };
}

function peakBytes(): number {
  try {
    // Unlike getrusage, without what the parent had before exec.
    const [, kilobytes] = /^VmHWM:\s*(\d+)/mu.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kilobytes !== undefined) return 1024 * Number(kilobytes);
  } catch {
    // Not Linux.
  }
  return 1024 * process.resourceUsage().maxRSS;
}

function readArrays({ weights, inputs, images }: Manifest): WorkArrays {
  const read = (arrays: readonly StoredArray[]): Record<string, Float32Array> =>
    Object.fromEntries(
      arrays.map(({ name, file }) => [
        name,
        new Float32Array(new Uint8Array(readFileSync(file)).buffer),
      ]),
    );
  return {
    weights: read(weights),
    inputs: read(inputs),
    ...(images === undefined ? {} : { images: readImages(images) }),
  };
}

const readImages = ({ file, shape, epochs }: StoredImages): FitImages => ({
  data: new Uint8Array(readFileSync(file)),
  shape,
  epochs,
});

async function answerTo(handlers: Handlers, line: string): Promise<Answer> {
  try {
    const request = JSON.parse(line) as { do: RequestName };
    const handler = handlers[request.do] as (request: object) => unknown;
    return { result: await handler(request) };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}

const [name, threads] = process.argv.slice(2);
const handlers = handlersOf(competitors[name](), Number(threads));
const write = process.stdout.write.bind(process.stdout);
// What libraries print must not get between the answers.
process.stdout.write = process.stderr.write.bind(process.stderr);

for await (const line of createInterface({ input: process.stdin })) {
  write(`${JSON.stringify(await answerTo(handlers, line))}\n`);
}
process.exit(0); // threads of a library must not keep the process
