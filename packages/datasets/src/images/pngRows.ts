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
  const { length } = row;
  if (filter === 1) {
    for (let i = 1 + step; i < length; i++) row[i] += row[i - step];
  } else if (filter === 2) {
    for (let i = 1; i < length; i++) row[i] += previous[i];
  } else if (filter === 3) {
    for (let i = 1; i <= step && i < length; i++) row[i] += previous[i] >> 1;
    for (let i = 1 + step; i < length; i++) row[i] += (row[i - step] + previous[i]) >> 1;
  } else if (filter === 4) {
    for (let i = 1; i <= step && i < length; i++) row[i] += previous[i];
    for (let i = 1 + step; i < length; i++) {
      row[i] += paeth(row[i - step], previous[i], previous[i - step]);
    }
  }
}

/** What turns the samples of a pixel into colours and transparency. */
export interface PngColours {
  /** Three bytes of each colour; used by indexed images. */
  readonly palette: Uint8Array;
  /** Alpha of the first colours of the palette; the others are opaque. */
  readonly paletteAlpha: Uint8Array | undefined;
  /** Samples of the one colour that is transparent. */
  readonly key: readonly number[] | undefined;
}

/** Turns rows into pixels, 8 bits a sample, with an alpha channel where the file knows transparency. */
export class PngRows {
  /** `[height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array;
  readonly channels: 1 | 2 | 3 | 4;
  readonly #header: PngHeader;
  readonly #colours: PngColours;
  readonly #passes: readonly Pass[];
  #pass = 0;
  #line = 0;
  /** Filter byte and samples of the row that is being filled, and of the one above it. */
  #row: Uint8Array;
  #previous: Uint8Array;
  #filled = 0;

  constructor(header: PngHeader, colours: PngColours) {
    this.#header = header;
    this.#colours = colours;
    this.#passes = passesOf(header);
    const samples = header.isIndexed ? 3 : header.stored;
    const isKeyed = (colours.paletteAlpha ?? colours.key) !== undefined;
    this.channels = (isKeyed ? samples + 1 : samples) as 1 | 2 | 3 | 4;
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
    const { key } = this.#colours;
    const from = (y + this.#line * dy) * width + x;
    if (depth === 8 && dx === 1 && !isIndexed && key === undefined) {
      pixels.set(this.#row.subarray(1), from * channels);
      return;
    }
    const scale = 255 / (2 ** Math.min(depth, 8) - 1);
    for (let column = 0; column < columns; column++) {
      const to = (from + column * dx) * channels;
      if (isIndexed) {
        this.#storeColour(this.#sample(column), to);
        continue;
      }
      for (let c = 0; c < stored; c++) {
        pixels[to + c] = this.#sample(column * stored + c) * scale;
      }
      if (key !== undefined) pixels[to + stored] = this.#isKey(column, key) ? 0 : 255;
    }
  }

  /** A sample of the row; of 16 bits the upper 8. */
  #sample(index: number): number {
    const { depth } = this.#header;
    if (depth >= 8) return this.#row[1 + (index * depth) / 8];
    const bit = index * depth;
    return (this.#row[1 + (bit >> 3)] >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  }

  /** Whether a pixel has the colour that stands for transparency, all bits of it. */
  #isKey(column: number, key: readonly number[]): boolean {
    const { depth, stored } = this.#header;
    return key.every((wanted, c) => {
      const index = column * stored + c;
      const upper = this.#sample(index);
      return wanted === (depth === 16 ? 256 * upper + this.#row[2 + 2 * index] : upper);
    });
  }

  #storeColour(index: number, to: number): void {
    const { palette, paletteAlpha } = this.#colours;
    const from = 3 * index;
    if (from + 3 > palette.length) {
      refuse("palette must hold every colour that is used", `none of index ${String(index)}`);
    }
    for (let c = 0; c < 3; c++) this.pixels[to + c] = palette[from + c];
    if (paletteAlpha !== undefined) this.pixels[to + 3] = paletteAlpha[index] ?? 255;
  }
}
