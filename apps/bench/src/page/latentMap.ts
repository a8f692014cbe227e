import { colorOf, element } from "./dom.ts";
import type { ExplorerVectors } from "../report/explorerData.ts";

const side = 320;
const margin = 12;
/** Distance in pixels at which a click means the example and not the place. */
const near = 7;

/** What a map shows, and whom it tells. */
interface MapOptions {
  /** `[examples, size]`. */
  readonly codes: Float32Array;
  /** Of the examples; empty without labels. */
  readonly classes: readonly number[];
  /** Told the code under the pointer. */
  readonly moved: (code: Float32Array) => void;
}

/**
 * The encoded examples in the plane of their two directions of largest variance. A place of it stands for the code with those two
 * coordinates and all else as it is; a point for the code of its example.
 */
export class LatentMap {
  readonly canvas = element("canvas", {
    class: "map",
    tabindex: "0",
    role: "application",
    "aria-label": "Map of the encoded images; arrow keys move through it",
  });
  private readonly latents: ExplorerVectors;
  private readonly options: MapOptions;
  private readonly points: readonly (readonly [number, number])[];
  private readonly spread: number;
  private code = new Float32Array(0);

  constructor(latents: ExplorerVectors, options: MapOptions) {
    this.latents = latents;
    this.options = options;
    const { size } = latents;
    this.points = Array.from({ length: options.codes.length / size }, (_, i) =>
      this.project(options.codes.subarray(i * size, (i + 1) * size)),
    );
    const farthest = this.points.flat().map(Math.abs);
    this.spread = Math.max(...farthest) || 1;
    this.listen();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.draw();
    });
  }

  /** Marks where a code lies. */
  show(code: Float32Array): void {
    this.code = code.slice();
    this.draw();
  }

  private project(code: ArrayLike<number>): [number, number] {
    const { axes, mean } = this.latents;
    return axes.map((axis) =>
      axis.reduce((sum, value, i) => sum + value * (code[i] - mean[i]), 0),
    ) as [number, number];
  }

  private toPixels([u, v]: readonly [number, number]): [number, number] {
    const scale = (side / 2 - margin) / this.spread;
    return [side / 2 + scale * u, side / 2 - scale * v];
  }

  private moveTo(u: number, v: number): void {
    const { axes } = this.latents;
    const [from, to] = [this.project(this.code), [u, v]];
    const code = this.code.map(
      (value, i) => value + axes.reduce((sum, axis, k) => sum + (to[k] - from[k]) * axis[i], 0),
    );
    this.options.moved(code);
  }

  private listen(): void {
    const { canvas } = this;
    const placeOf = (event: PointerEvent): [number, number] => {
      const box = canvas.getBoundingClientRect();
      return [
        ((event.clientX - box.left) / box.width) * side,
        ((event.clientY - box.top) / box.height) * side,
      ];
    };
    const scale = (): number => this.spread / (side / 2 - margin);
    const goTo = ([x, y]: [number, number]): void => {
      this.moveTo((x - side / 2) * scale(), (side / 2 - y) * scale());
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      const place = placeOf(event);
      const example = this.nearest(place);
      const { codes, moved } = this.options;
      const { size } = this.latents;
      if (example === undefined) goTo(place);
      else moved(codes.slice(example * size, (example + 1) * size));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) goTo(placeOf(event));
    });
    canvas.addEventListener("keydown", (event) => {
      const steps: Readonly<Record<string, readonly [number, number]>> = {
        ArrowLeft: [-1, 0],
        ArrowRight: [1, 0],
        ArrowUp: [0, 1],
        ArrowDown: [0, -1],
      };
      if (!Object.hasOwn(steps, event.key)) return;
      event.preventDefault();
      const [u, v] = this.project(this.code);
      const step = this.spread / 20;
      this.moveTo(u + step * steps[event.key][0], v + step * steps[event.key][1]);
    });
  }

  private nearest([x, y]: readonly [number, number]): number | undefined {
    let [best, distance] = [-1, near];
    this.points.forEach((point, i) => {
      const [px, py] = this.toPixels(point);
      const here = Math.hypot(px - x, py - y);
      if (here < distance) [best, distance] = [i, here];
    });
    return best < 0 ? undefined : best;
  }

  private draw(): void {
    const ratio = Math.max(1, globalThis.devicePixelRatio);
    this.canvas.width = this.canvas.height = side * ratio;
    const context = this.canvas.getContext("2d");
    if (context === null) return;
    context.scale(ratio, ratio);
    const colors = Array.from({ length: 7 }, (_, i) => colorOf(`--series-${i}`));
    context.globalAlpha = 0.7;
    this.points.forEach((point, i) => {
      const [x, y] = this.toPixels(point);
      const ofClass = this.options.classes[i] ?? 0;
      context.fillStyle = colors[ofClass % colors.length];
      // Ten classes share seven colours: those beyond are squares.
      if (ofClass < colors.length) {
        context.beginPath();
        context.arc(x, y, 2.5, 0, 2 * Math.PI);
        context.fill();
      } else context.fillRect(x - 2.2, y - 2.2, 4.4, 4.4);
    });
    context.globalAlpha = 1;
    const [x, y] = this.toPixels(this.project(this.code));
    context.strokeStyle = colorOf("--ink");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.stroke();
  }
}
