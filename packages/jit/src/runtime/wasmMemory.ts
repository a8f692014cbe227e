/**
 * A WebAssembly memory that is handed out in pieces.
 *
 * It grows when needed, which detaches its `ArrayBuffer`: bytes are asked for at each use. Freed pieces are kept by size
 * and used again.
 */
import type { Block, Memory } from "./memory.ts";

const pageBytes = 65_536;
const alignment = 64;
/** What 32-bit addresses reach, less one page, as a shared memory has it. */
const mostPages = 65_535;

/** Pieces of a WebAssembly memory. */
export interface WasmMemory extends Memory {
  readonly memory: WebAssembly.Memory;
  allocate(bytes: number): WasmBlock;
}

/** A piece that knows its address. */
export interface WasmBlock extends Block {
  readonly address: number;
}

/** A memory to make an instance with; pieces are handed out from `setBase` on. */
export function wasmMemory(shared: boolean): WasmMemory & { setBase(address: number): void } {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: mostPages, shared });
  const free = new Map<number, number[]>();
  let top = alignment;
  let buffer = memory.buffer;
  let generation = 0;

  const grow = (bytes: number): number => {
    const address = top;
    const missing = Math.ceil((top + bytes - memory.buffer.byteLength) / pageBytes);
    if (missing > 0) {
      // A quarter more keeps growth rare; doubling would waste half of a large model's memory.
      const extra = Math.min(Math.ceil(memory.buffer.byteLength / 4 / pageBytes), 4096);
      const room = mostPages - memory.buffer.byteLength / pageBytes;
      if (missing > room) throw tooMuch(bytes);
      try {
        memory.grow(Math.min(Math.max(missing, extra), room));
      } catch (error) {
        throw tooMuch(bytes, error);
      }
    }
    top += bytes;
    return address;
  };

  const whole: ReturnType<typeof wasmMemory> = {
    most: mostPages * pageBytes,
    memory,
    setBase(address) {
      top = Math.ceil(address / alignment) * alignment;
    },
    allocate(wanted) {
      const bytes = Math.max(1, Math.ceil(wanted / alignment)) * alignment;
      if (bytes >= mostPages * pageBytes) throw tooMuch(wanted);
      const address = free.get(bytes)?.pop() ?? grow(bytes);
      let array = new Uint8Array(memory.buffer, address, wanted).fill(0);
      let seen = -1;
      return {
        memory: whole,
        address,
        bytes() {
          if (memory.buffer !== buffer) {
            buffer = memory.buffer;
            generation++;
          }
          if (seen !== generation) {
            array = new Uint8Array(memory.buffer, address, wanted);
            seen = generation;
          }
          return array;
        },
        release() {
          const list = free.get(bytes);
          if (list) list.push(address);
          else free.set(bytes, [address]);
        },
      };
    },
  };
  return whole;
}

function tooMuch(bytes: number, cause?: unknown): RangeError {
  return new RangeError(
    `jit: programs on WebAssembly must fit into what 32-bit addresses reach (4 GiB), got ${(bytes / 2 ** 20).toFixed(0)} MiB more; ` +
      "use a smaller batch, or the native engine",
    { cause },
  );
}
