/**
 * Records what the addon runs, for native/driver.c: `ELBO_RECORD=folder NODE_OPTIONS="--import .../record.mjs"`.
 *
 * Every program is written once, at its first run, with its memory before that run; long ones are loaded twice. Not part of the package.
 */
import { Buffer } from "node:buffer";
import { mkdirSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { join, sep } from "node:path";

const folder = process.env.ELBO_RECORD;
const most = Number(process.env.ELBO_RECORD_MOST ?? 64e6);
let count = 0;

function copies(regions) {
  return regions.map((r) => Buffer.from(Buffer.from(r.buffer, r.byteOffset, r.byteLength)));
}

function write(words, before) {
  const size = (buffer) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(buffer.length));
    return bytes;
  };
  const head = Buffer.alloc(12);
  head.write("ELBO");
  head.writeUInt32LE(words.length, 4);
  head.writeUInt32LE(before.length, 8);
  const parts = before.flatMap((region) => [size(region), region]);
  const name = `${process.pid}-${String(count++).padStart(4, "0")}.plan`;
  writeFileSync(join(folder, name), Buffer.concat([head, Buffer.from(words.buffer), ...parts]));
}

function recorded(addon) {
  const programs = new WeakMap();
  const done = new WeakSet();
  const start = (handle) => {
    const p = programs.get(handle);
    if (!p || done.has(p.given) || !p.regions) return () => {};
    done.add(p.given);
    if (p.regions.reduce((sum, r) => sum + r.byteLength, 0) > most) return () => {};
    const before = copies(p.regions);
    return () => write(p.words, before);
  };
  return {
    ...addon,
    load(words) {
      const handle = addon.load(words);
      programs.set(handle, { given: words, words: Int32Array.from(words) });
      return handle;
    },
    bind(handle, regions) {
      addon.bind(handle, regions);
      programs.get(handle).regions = regions;
    },
    run(handle) {
      const finish = start(handle);
      return addon.run(handle).then(finish);
    },
    runSync(handle) {
      const finish = start(handle);
      addon.runSync(handle);
      finish();
    },
  };
}

if (folder) {
  mkdirSync(folder, { recursive: true });
  const load = Module._extensions[".node"];
  Module._extensions[".node"] = (module, file) => {
    load(module, file);
    if (file.includes(`native${sep}built`)) module.exports = recorded(module.exports);
  };
}
