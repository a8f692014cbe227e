/** TAR as a stream: the wanted files are kept, the others pass by. */

/** Bytes of a stream, taken in the amounts that a reader asks for. */
class Taker {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Passes on exactly `count` bytes; returns how many there were. */
  async take(count: number, use: (piece: Uint8Array, at: number) => void): Promise<number> {
    let at = 0;
    while (at < count) {
      if (this.#rest.length === 0) {
        const next = await this.#source.next();
        if (next.done === true) return at;
        this.#rest = next.value;
        continue;
      }
      const piece = this.#rest.subarray(0, count - at);
      use(piece, at);
      at += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    return at;
  }
}

const block = 512;

function readText(header: Uint8Array, from: number, to: number): string {
  const text = new TextDecoder("latin1").decode(header.subarray(from, to));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function checkHeader(header: Uint8Array): void {
  let sum = 0;
  header.forEach((byte, i) => {
    sum += i >= 148 && i < 156 ? 32 : byte;
  });
  const stored = Number.parseInt(readText(header, 148, 156), 8);
  if (stored !== sum) {
    throw new RangeError(`readTar: header must have the sum ${String(sum)}, got ${String(stored)}`);
  }
}

/**
 * The wanted files of a TAR file.
 *
 * @param source the bytes of the TAR file
 * @param wanted size in bytes of each file to keep, by the last part of its path
 * @returns the bytes of each file that is there
 * @throws RangeError when a header is damaged, the stream ends too soon or a file has another size
 */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  wanted: ReadonlyMap<string, number>,
): Promise<Map<string, Uint8Array>> {
  const taker = new Taker(source);
  const found = new Map<string, Uint8Array>();
  const header = new Uint8Array(block);
  for (;;) {
    const taken = await taker.take(block, (piece, at) => {
      header.set(piece, at);
    });
    if (taken === 0 || header.every((byte) => byte === 0)) return found;
    if (taken < block) throw new RangeError("readTar: file must end with a whole block, got less");
    checkHeader(header);
    const size = Number.parseInt(readText(header, 124, 136).trim() || "0", 8);
    const name = readText(header, 0, 100).split("/").at(-1) ?? "";
    const isFile = header[156] === 0 || header[156] === 48;
    const expected = isFile ? wanted.get(name) : undefined;
    if (expected !== undefined && expected !== size) {
      throw new RangeError(
        `readTar: ${name} must have ${String(expected)} bytes, got ${String(size)}`,
      );
    }
    const content = expected === undefined ? undefined : new Uint8Array(size);
    const padded = Math.ceil(size / block) * block;
    const passed = await taker.take(padded, (piece, at) => {
      content?.set(piece.subarray(0, Math.max(0, size - at)), at < size ? at : size);
    });
    if (passed < padded) throw new RangeError(`readTar: ${name} must be complete, got a cut end`);
    if (content !== undefined) found.set(name, content);
  }
}
