import { loadPlan } from "@elbo/jit/run";
import type { PlanRunner } from "@elbo/jit/run";
import type { ExplorerModel } from "../report/explorerData.ts";

/** The bytes of base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The bytes of base64 of what was deflated (zlib). */
export async function inflated(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytesOf(base64)]).stream();
  const all = new Response(stream.pipeThrough(new DecompressionStream("deflate")));
  return new Uint8Array(await all.arrayBuffer());
}

/** A decoder that draws into a canvas: one picture at a time, and of several wishes the last. */
export class Decoder {
  private readonly runner: PlanRunner;
  private readonly image: readonly number[];
  private wish: (() => Promise<void>) | undefined;
  private isBusy = false;

  constructor(runner: PlanRunner, image: readonly number[]) {
    this.runner = runner;
    this.image = image;
  }

  /** Loads the decoder of a model. */
  static async load(
    model: ExplorerModel,
    kernels: WebAssembly.Module,
    image: readonly number[],
  ): Promise<Decoder> {
    return new Decoder(await loadPlan(await inflated(model.plan), kernels), image);
  }

  /** Draws the picture of a code, unless a newer wish comes before its turn. */
  draw(canvas: HTMLCanvasElement, code: Float32Array | Int32Array, label: number): void {
    this.wish = () => this.drawNow(canvas, code, label);
    if (!this.isBusy) void this.serve();
  }

  /** Draws at once; for measuring. */
  async drawNow(
    canvas: HTMLCanvasElement,
    code: Float32Array | Int32Array,
    label: number,
  ): Promise<void> {
    const { feeds, outputs } = this.runner;
    const given = Object.fromEntries(
      feeds.map(({ name }) => [name, name === "code" ? code : Int32Array.of(label)]),
    );
    const results = await this.runner.run(given);
    paint(canvas, results[outputs[0].name].data, this.image);
  }

  private async serve(): Promise<void> {
    this.isBusy = true;
    while (this.wish !== undefined) {
      const { wish } = this;
      this.wish = undefined;
      await wish();
    }
    this.isBusy = false;
  }
}

/** Paints values in [0, 1] (or bytes), grey or coloured, into a canvas of the image's size. */
export function paint(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  [height, width, channels]: readonly number[],
): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const scale = values instanceof Uint8Array ? 1 : 255;
  const picture = context.createImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let color = 0; color < 3; color++)
      picture.data[4 * pixel + color] =
        scale * values[pixel * channels + (channels === 3 ? color : 0)];
    picture.data[4 * pixel + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}
