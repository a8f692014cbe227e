/** The few pieces of WebAssembly's binary format that an update loop needs. Source: the WebAssembly 2.0 specification, section 5. */

/** Value types. */
export const type = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

/** An unsigned LEB128 number. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

/** A signed LEB128 number. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

/** A vector of encoded items, its length first. */
export function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

/** A name in UTF-8, its length first. */
export function name(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...unsigned(bytes.length), ...bytes];
}

/** A section of a module. */
export function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** Instructions without SIMD prefix. */
export const instruction = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  end: [0x0b],
  branch: (depth: number) => [0x0c, ...unsigned(depth)],
  branchIf: (depth: number) => [0x0d, ...unsigned(depth)],
  get: (local: number) => [0x20, ...unsigned(local)],
  set: (local: number) => [0x21, ...unsigned(local)],
  constant: (value: number) => [0x41, ...signed(value)],
  greaterOrEqual: [0x4f], // i32.ge_u
  add: [0x6a],
} as const;

/** A SIMD instruction by its number after the prefix. */
export function simd(code: number): number[] {
  return [0xfd, ...unsigned(code)];
}

/** Loads or stores 16 bytes at the address on the stack, which is a multiple of 16. */
export const memory128 = {
  load: [...simd(0), 4, 0],
  store: [...simd(11), 4, 0],
} as const;
