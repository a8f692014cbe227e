/**
 * How long all measures of disentanglement take on 10,000 points of 10 codes and 5 factors with the classes of `sprites`, measure by
 * measure; the aim is 30 seconds.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/disentanglementSpeed.ts [--points N]`
 *
 * Seconds of the processor, which other work on the machine does not change; on an idle machine they are those of the clock, since one
 * core computes. Writes apps/bench/recorded/disentanglement-speed.md.
 */
import { cpus } from "node:os";
import { disentanglement } from "@elbo/beta-vae";
import { writeWhole } from "@elbo/common/node";
import { Random } from "@elbo/core";
import { commandLine } from "./support/commandLine.ts";
import { markdownTable, recordedFile } from "./support/record.ts";

const { points } = commandLine({ points: 10000 });
const classes = [3, 6, 40, 32, 32];
const random = new Random(1);
const factors = Int32Array.from({ length: points * 5 }, (_, i) => random.integer(classes[i % 5]));
const noise = new Float32Array(points * 10);
random.fillNormalInto(noise);
/** Five codes near the factors, three mixtures of two, two of noise. */
const codes = Float32Array.from({ length: points * 10 }, (_, i) => {
  const [row, j] = [Math.floor(i / 10), i % 10];
  const of = (k: number): number => factors[row * 5 + (k % 5)] / classes[k % 5];
  if (j < 5) return of(j) + 0.1 * noise[i];
  return j < 8 ? of(j) - of(j + 1) + 0.2 * noise[i] : noise[i];
});

const rows: string[][] = [];
/** Seconds of the processor so far. */
const used = (): number => process.cpuUsage().user / 1e6;
const started = used();
let last = started;
await disentanglement(
  { codes: { data: codes, shape: [points, 10] }, factors: { data: factors, shape: [points, 5] } },
  {
    seed: 1,
    onProgress({ measure, count, of }) {
      const now = used();
      const seconds = (now - last).toFixed(1);
      last = now;
      rows.push([measure, seconds]);
      process.stdout.write(`[${count}/${of}] ${measure} ${seconds} s\n`);
    },
  },
);
const total = (used() - started).toFixed(1);
process.stdout.write(`${total} s\n`);
const cpu = cpus();
await writeWhole(
  recordedFile("disentanglement-speed.md"),
  `# All measures of disentanglement

\`apps/bench/measure/disentanglementSpeed.ts --points ${points}\` on ${cpu.length} cores of ${cpu[0]?.model.trim() ?? "an unknown processor"}, Node ${process.versions.node}: ${points} points, 10 codes,
5 factors of ${classes.join(", ")} classes, seconds of the processor.

${markdownTable(["measure", "seconds"], [...rows, ["all", total]])}`,
);
