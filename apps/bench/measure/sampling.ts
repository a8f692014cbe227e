/**
 * How long drawing codes takes: 64 samples of a 7 x 7 grid of 512 codes by the default PixelCNN and the default transformer,
 * untrained (the time does not depend on the weights). The target is 3 s on two cores.
 *
 * `node --conditions=@elbo/source --import ./scripts/typescript.mjs apps/bench/measure/sampling.ts`
 *
 * Writes apps/bench/recorded/sampling.md.
 */
import { cpus } from "node:os";
import { writeWhole } from "@elbo/common/node";
import type { LearnedCodePrior } from "@elbo/core";
import { pixelCnn, transformer } from "@elbo/vq-vae";
import { recordedFile } from "./support/record.ts";

const repeats = 5;
const codes = { positions: [7, 7], codebookSize: 512, seed: 1 };

/** Seconds of each of several calls after the one that compiles. */
async function times(
  prior: LearnedCodePrior,
  engine: "auto" | "portable",
): Promise<{ readonly first: number; readonly median: number }> {
  const seconds: number[] = [];
  for (let i = 0; i <= repeats; i++) {
    const started = performance.now();
    await prior.sample(64, { seed: i, engine, threads: 2 });
    seconds.push((performance.now() - started) / 1000);
  }
  const [first, ...rest] = seconds;
  return { first, median: rest.sort((a, b) => a - b)[Math.floor(repeats / 2)] };
}

const rows = [
  "# Drawing codes",
  "",
  "64 samples of a 7 x 7 grid of 512 codes, on two threads: the first call, which compiles, and the median of five after it, in seconds. The target is 3 s.",
  `${cpus()[0].model}, Node ${process.versions.node}. \`apps/bench/measure/sampling.ts\` made this page.`,
  "",
  "| prior | weights | engine | first | median |",
  "| --- | --- | --- | --- | --- |",
];
for (const [name, prior] of [
  ["PixelCNN", pixelCnn(codes)],
  ["transformer", transformer(codes)],
] as const) {
  for (const engine of ["auto", "portable"] as const) {
    const { first, median } = await times(prior, engine);
    rows.push(
      `| ${name} | ${prior.parameterCount} | ${engine} | ${first.toFixed(2)} | ${median.toFixed(2)} |`,
    );
  }
}
await writeWhole(recordedFile("sampling.md"), `${rows.join("\n")}\n`);
process.stdout.write(`${rows.join("\n")}\n`);
