/** The kernels as they are committed: sizes, formats, what they need of a system, and Apple's signatures. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../native/built");
const names = readdirSync(folder).sort();
const read = (name: string): Buffer => readFileSync(join(folder, name));
const register = "napi_register_module_v1";

test("there is a file for every platform, of at most 200,000 bytes", () => {
  const x64 = ["linux-x64-glibc", "linux-x64-musl", "darwin-x64", "win32-x64"];
  const arm64 = ["linux-arm64-glibc", "linux-arm64-musl", "darwin-arm64", "win32-arm64"];
  const sets = ["", "-avx2", "-avx512"];
  const addons = [...x64.flatMap((name) => sets.map((set) => `${name}${set}`)), ...arm64];
  const modules = ["wasm", "wasm-relaxed", "wasm-threads", "wasm-threads-relaxed"];
  const wanted = [...addons.map((n) => `${n}.node`), ...modules.map((n) => `${n}.wasm`)];
  expect(names).toEqual(wanted.sort());
  for (const name of names) expect(read(name).length, name).toBeLessThanOrEqual(200_000);
});

test("no file holds a path of the machine that built it", () => {
  for (const name of names) {
    const paths = read(name)
      .toString("latin1")
      .match(/\/(home|root|Users|tmp|work)\/[\w.-]+/g);
    expect(paths, name).toBeNull();
  }
});

/** Texts between zero bytes. */
function texts(bytes: Buffer): string[] {
  return bytes.toString("latin1").split("\0");
}

test.each(names.filter((name) => name.startsWith("linux")))(
  "%s needs glibc 2.17 or musl only",
  (name) => {
    const file = read(name);
    expect(file.subarray(0, 5)).toEqual(Buffer.from("\x7fELF\x02", "latin1"));
    expect(file.readUInt16LE(18)).toBe(name.includes("x64") ? 62 : 183);
    const strings = texts(file);
    expect(strings).toContain(register);
    const versions = strings.filter((text) => /^GLIBC_[\d.]+$/.test(text));
    if (name.includes("musl")) expect(versions).toEqual([]);
    else expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) {
      const [major, minor] = version.slice(6).split(".").map(Number);
      expect(major * 1000 + minor, version).toBeLessThanOrEqual(2017);
    }
    const libraries = strings.filter((text) => /^lib.*\.so/.test(text));
    const allowed = /^(lib(c|pthread)\.so\.6|libpthread\.so\.0|libc\.so)$/;
    for (const library of libraries) expect(library).toMatch(allowed);
  },
);

test.each(names.filter((name) => name.startsWith("win32")))(
  "%s needs what Windows 10 has",
  (name) => {
    const file = read(name);
    const header = file.readUInt32LE(0x3c);
    expect(file.toString("latin1", header, header + 4)).toBe("PE\0\0");
    expect(file.readUInt16LE(header + 4)).toBe(name.includes("x64") ? 0x8664 : 0xaa64);
    const strings = file.toString("latin1").match(/[\w.-]+\.(dll|exe)\b/gi) ?? [];
    const libraries = new Set(strings.map((text) => text.toLowerCase()));
    expect([...libraries].filter((library) => !library.includes("elbo")).sort()).toEqual(
      expect.arrayContaining(["kernel32.dll", "node.exe", "ucrtbase.dll"]),
    );
    for (const library of libraries) {
      expect(library).toMatch(/^(kernel32\.dll|node\.exe|ucrtbase\.dll|win32-.*)$/);
    }
    expect(file.includes(register)).toBe(true);
  },
);

/** Load commands of a 64-bit Mach-O file: number, offset. */
function loadCommands(file: Buffer): { command: number; at: number }[] {
  expect(file.readUInt32LE(0)).toBe(0xfeedfacf);
  const commands = [];
  let at = 32;
  for (let i = 0; i < file.readUInt32LE(16); i++) {
    commands.push({ command: file.readUInt32LE(at), at });
    at += file.readUInt32LE(at + 4);
  }
  return commands;
}

/** Checks the hash of every page against the code directory of an ad-hoc signature. */
function verifySignature(file: Buffer, signature: number): number {
  expect(file.readUInt32BE(signature)).toBe(0xfade0cc0);
  const directory = signature + file.readUInt32BE(signature + 16);
  expect(file.readUInt32BE(directory)).toBe(0xfade0c02);
  const flags = file.readUInt32BE(directory + 12);
  expect(flags & 2, "ad hoc").toBe(2);
  const hashes = directory + file.readUInt32BE(directory + 16);
  const slots = file.readUInt32BE(directory + 28);
  const limit = file.readUInt32BE(directory + 32);
  expect([file[directory + 36], file[directory + 37]], "SHA-256").toEqual([32, 2]);
  const page = 2 ** file[directory + 39];
  expect(limit).toBe(signature);
  for (let i = 0; i < slots; i++) {
    const content = file.subarray(i * page, Math.min((i + 1) * page, limit));
    const hash = createHash("sha256").update(content).digest();
    expect(hash.equals(file.subarray(hashes + 32 * i, hashes + 32 * (i + 1))), `page ${i}`).toBe(
      true,
    );
  }
  return slots * page;
}

test.each(names.filter((name) => name.startsWith("darwin")))(
  "%s is a library for macOS 11",
  (name) => {
    const file = read(name);
    const arm = name.includes("arm64");
    expect(file.readUInt32LE(4)).toBe(arm ? 0x0100000c : 0x01000007);
    expect([6, 8]).toContain(file.readUInt32LE(12)); // a dynamic library or a bundle
    const commands = loadCommands(file);
    const version = commands.find(({ command }) => command === 0x32);
    expect(file.readUInt32LE((version?.at ?? 0) + 12) >> 16).toBe(11);
    const libraries = commands
      .filter(({ command }) => command === 0xc)
      .map(({ at }) => texts(file.subarray(at + 24, at + file.readUInt32LE(at + 4)))[0]);
    expect(libraries).toEqual(["/usr/lib/libSystem.B.dylib"]);
    expect(file.includes(`_${register}`)).toBe(true);
    const signature = commands.find(({ command }) => command === 0x1d);
    // Apple's loader refuses arm64 files without one.
    if (arm) expect(signature).toBeDefined();
    if (signature) {
      const at = file.readUInt32LE(signature.at + 8);
      expect(verifySignature(file, at)).toBeGreaterThanOrEqual(at);
    }
  },
);

test("a damaged page is found by the check of signatures", () => {
  const file = Buffer.from(read("darwin-arm64.node"));
  const signature = loadCommands(file).find(({ command }) => command === 0x1d);
  file[20_000] ^= 1;
  expect(() => verifySignature(file, file.readUInt32LE((signature?.at ?? 0) + 8))).toThrow(
    /page 1:/,
  );
});

test.each(names.filter((name) => name.endsWith(".wasm")))(
  "%s imports a memory and nothing else",
  async (name) => {
    const bytes = new Uint8Array(read(name));
    // Relaxed SIMD is newer than Node 20.
    if (name.includes("relaxed") && !WebAssembly.validate(bytes)) return;
    const module = await WebAssembly.compile(bytes);
    expect(WebAssembly.Module.imports(module)).toEqual([
      expect.objectContaining({ module: "env", name: "memory", kind: "memory" }),
    ]);
    const exports = WebAssembly.Module.exports(module).map((e) => e.name);
    expect(exports).toEqual(expect.arrayContaining(["__heap_base", "check", "run"]));
    const threads = ["__stack_pointer", "worker", "worker_bytes", "set_workers", "stop"];
    if (name.includes("threads")) expect(exports).toEqual(expect.arrayContaining(threads));
  },
);

test.each(names.filter((name) => name.includes("relaxed")))(
  "%s has no relaxed minima and maxima, which may lose NaN",
  (name) => {
    // 0xfd and 0x10d (f32x4.relaxed_min) or 0x10e (f32x4.relaxed_max) as LEB128.
    const code = read(name).toString("latin1");
    expect([code.includes("\xfd\x8d\x02"), code.includes("\xfd\x8e\x02")]).toEqual([false, false]);
  },
);
