/**
 * Runs a program on an addon of another platform, in that platform's Node: `node smoke.mjs ADDON RESULT`.
 *
 * RESULT gets "right" or what is wrong; Wine's standard output cannot be read.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [, , file, resultFile] = process.argv;

/** `out = exp(x) + b` over n elements: header, operands, one instruction, its tile program. */
function program(n) {
  const units = Math.ceil((n * 4) / 64);
  const accesses = [0, 0, 0, 1, 1, 0, 0, 0, 2, 0, 0, 1];
  const load = [1, 0, 0, 0, 0, 0];
  const exp = [97, 0, 0, 0, 0, 0];
  const loadOne = [1, 1, 1, 0, 0, 0];
  const add = [16, 2, 0, 1, 0, 0];
  const store = [2, 2, 2, 0, 0, 0];
  const code = [...load, ...exp, ...loadOne, ...add, ...store];
  const tile = [9 + accesses.length + code.length, 1, 3, 3, 5, 0, 0, -1, n, ...accesses, ...code];
  const operands = [0, 0, units, 1, 0, 1, 2, 0, units];
  const words = [0x6f626c02, 0, 3, 3, 8, 1, 17, 0, ...operands, 1, 3, 20, ...tile];
  words[1] = words.length;
  return Int32Array.from(words);
}

async function check() {
  const addon = createRequire(import.meta.url)(file);
  const n = 300_001;
  const x = Float32Array.from({ length: n }, (_, i) => (i / n) * 8 - 4);
  const b = new Float32Array([0.5]);
  const handle = addon.load(program(n));
  let first;
  for (const threads of [1, 2, 3]) {
    addon.threads(threads);
    const y = new Float32Array(addon.allocate(n * 4));
    addon.bind(handle, [x, b, y]);
    await addon.run(handle);
    const wrong = x.findIndex((v, i) => Math.abs(y[i] / (Math.exp(v) + 0.5) - 1) > 3e-7);
    if (wrong >= 0) return `exp(${x[wrong]}) + 0.5 is ${y[wrong]} on ${threads} threads`;
    first ??= y;
    if (y.some((v, i) => v !== first[i])) return `${threads} threads give other bytes`;
  }
  addon.release(handle);
  return `right (${addon.isa()}, Node ${process.version})`;
}

writeFileSync(resultFile, await check().catch((error) => error.message));
