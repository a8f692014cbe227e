/** Text of one length in an array of NumPy, as bytes (`S`, of one byte each) or characters (`U`, of four). */
export class TextArray {
  readonly length: number;
  readonly #view: DataView;
  readonly #itemBytes: number;
  readonly #isWide: boolean;
  readonly #isLittle: boolean;

  constructor(
    bytes: Uint8Array,
    { itemBytes, isWide, isLittle }: { itemBytes: number; isWide: boolean; isLittle: boolean },
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#itemBytes = itemBytes;
    this.#isWide = isWide;
    this.#isLittle = isLittle;
    this.length = itemBytes === 0 ? 0 : bytes.length / itemBytes;
  }

  /** A text, without the zeros that fill it up; undefined beyond the end. */
  at(index: number): string | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const step = this.#isWide ? 4 : 1;
    let text = "";
    for (let i = 0; i < this.#itemBytes; i += step) {
      const at = index * this.#itemBytes + i;
      const code = this.#isWide
        ? this.#view.getUint32(at, this.#isLittle)
        : this.#view.getUint8(at);
      text += code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
    }
    return text.replace(/\0+$/u, "");
  }
}
