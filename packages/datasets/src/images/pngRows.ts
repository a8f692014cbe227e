/**
 * The rows of a PNG image as they come out of the decompression: each is unfiltered against the one before it and turned
 * into pixels at once (PNG specification, third edition, sections 7 to 9), so that two rows in memory are enough.
 */

/** What the header of a PNG file says, once it was checked. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Samples of a pixel as stored, 1 to 4; the last of 2 or 4 is alpha. */
  readonly stored: 1 | 2 | 3 | 4;
  readonly isIndexed: boolean;
  readonly isInterlaced: boolean;
}

/** Pixels that lie in one pass: first column and row, and the steps to the next ones. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
}

const whole = [[0, 0, 1, 1]] as const;
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function refuse(rule: string, got: string): never {
  throw new RangeError(`decodePng: ${rule}, got ${got}`);
}

function passesOf({ width, height, depth, stored, isInterlaced }: PngHeader): readonly Pass[] {
  return (isInterlaced ? adam7 : whole)
    .map(([x, y, dx, dy]) => {
      const columns = Math.ceil((width - x) / dx);
      const rows = Math.ceil((height - y) / dy);
      return { x, y, dx, dy, columns, rows, rowBytes: Math.ceil((columns * depth * stored) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** Takes the filter of a row back, in place; `step` is the number of bytes from a pixel to the next, at least 1. */
function unfilterInto(row: Uint8Array, previous: Uint8Array, step: number): void {
  const filter = row[0];
  if (filter > 4) refuse("filter of a row must be from 0 to 4", String(filter));
  if (filter === 0) return;
  for (let i = 1; i < row.length; i++) {
    const isFirst = i <= step;
    const left = isFirst ? 0 : row[i - step];
    const above = previous[i];
    if (filter === 1) row[i] += left;
    else if (filter === 2) row[i] += above;
    else if (filter === 3) row[i] += (left + above) >> 1;
    else row[i] += paeth(left, above, isFirst ? 0 : previous[i - step]);
  }
}

/** Turns rows into pixels without alpha, 8 bits a sample. */
export class PngRows {
  /** `[height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array;
  readonly channels: 1 | 3;
  readonly #header: PngHeader;
  readonly #palette: Uint8Array;
  readonly #passes: readonly Pass[];
  #pass = 0;
  #line = 0;
  /** Filter byte and samples of the row that is being filled, and of the one above it. */
  #row: Uint8Array;
  #previous: Uint8Array;
  #filled = 0;

  /** @param palette three bytes of each colour; used by indexed images */
  constructor(header: PngHeader, palette: Uint8Array) {
    this.#header = header;
    this.#palette = palette;
    this.#passes = passesOf(header);
    this.channels = header.isIndexed || header.stored > 2 ? 3 : 1;
    this.pixels = new Uint8Array(header.width * header.height * this.channels);
    [this.#row, this.#previous] = this.#emptyRows();
  }

  /** Takes the next decompressed bytes; throws RangeError when there are more than the header says. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.isComplete) refuse("rows must end with the picture", "more of them");
      const part = bytes.subarray(at, at + this.#row.length - this.#filled);
      this.#row.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#row.length) this.#finishRow();
    }
  }

  /** Whether every pixel is there. */
  get isComplete(): boolean {
    return this.#pass === this.#passes.length;
  }

  #emptyRows(): [Uint8Array, Uint8Array] {
    const length = 1 + (this.#passes[this.#pass]?.rowBytes ?? 0);
    return [new Uint8Array(length), new Uint8Array(length)];
  }

  #finishRow(): void {
    const { depth, stored } = this.#header;
    const pass = this.#passes[this.#pass];
    unfilterInto(this.#row, this.#previous, Math.max(1, (depth * stored) >> 3));
    this.#store(pass);
    [this.#row, this.#previous] = [this.#previous, this.#row];
    this.#filled = 0;
    this.#line++;
    if (this.#line < pass.rows) return;
    this.#line = 0;
    this.#pass++;
    [this.#row, this.#previous] = this.#emptyRows();
  }

  #store({ x, y, dx, dy, columns }: Pass): void {
    const { width, depth, stored, isIndexed } = this.#header;
    const { pixels, channels } = this;
    const from = (y + this.#line * dy) * width + x;
    const scale = 255 / (2 ** Math.min(depth, 8) - 1);
    for (let column = 0; column < columns; column++) {
      const to = (from + column * dx) * channels;
      if (isIndexed) {
        this.#storeColour(this.#sample(column), to);
        continue;
      }
      for (let c = 0; c < channels; c++) {
        pixels[to + c] = this.#sample(column * stored + c) * scale;
      }
    }
  }

  /** A sample of the row; of 16 bits the upper 8. */
  #sample(index: number): number {
    const { depth } = this.#header;
    if (depth >= 8) return this.#row[1 + (index * depth) / 8];
    const bit = index * depth;
    return (this.#row[1 + (bit >> 3)] >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  }

  #storeColour(index: number, to: number): void {
    const from = 3 * index;
    if (from + 3 > this.#palette.length) {
      refuse("palette must hold every colour that is used", `none of index ${String(index)}`);
    }
    for (let c = 0; c < 3; c++) this.pixels[to + c] = this.#palette[from + c];
  }
}
