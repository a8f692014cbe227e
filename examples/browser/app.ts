// In the browser: load both models, decode codes with one, draw samples with the other.
import { loadBetaVae } from "@elbo/beta-vae";
import { loadVqVae } from "@elbo/vq-vae";

/** Draws images `[n, height, width, 1]` in [0, 1] side by side. */
function draw(id: string, { data, shape }: { data: Float32Array; shape: readonly number[] }): void {
  const [count = 0, height = 0, width = 0] = shape;
  const canvas = document.getElementById(id) as HTMLCanvasElement;
  canvas.width = count * width;
  canvas.height = height;
  const context = canvas.getContext("2d")!;
  for (let image = 0; image < count; image++) {
    const pixels = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const grey = Math.round(255 * (1 - (data[image * width * height + i] ?? 0)));
      pixels.data.set([grey, grey, grey, 255], 4 * i);
    }
    context.putImageData(pixels, image * width, 0);
  }
}

const quantized = await loadVqVae(new URL("vq-vae", location.href).href);
const codes = (await (await fetch("codes.json")).json()) as { data: number[]; shape: number[] };
draw("decoded", await quantized.decode({ data: Int32Array.from(codes.data), shape: codes.shape }));

const beta = await loadBetaVae(new URL("beta-vae", location.href).href);
draw("samples", await beta.sample(8, { seed: 3 }));

document.title = "drawn";
