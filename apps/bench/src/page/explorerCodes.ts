import { codeColor } from "../pictures/codeColor.ts";
import { group, labelled } from "./controls.ts";
import { bytesOf } from "./decoder.ts";
import { colorOf, element } from "./dom.ts";
import type { View, ViewOptions } from "./controls.ts";
import type { ExplorerCodes } from "../report/explorerData.ts";

const cell = 32;
const swatchSize = 16;
const paletteColumns = 16;

/** Latents that are indices on a grid: paint entries of the codebook onto it. */
export function codesView({ latents, changed }: ViewOptions<ExplorerCodes>): View {
  const { grid, entries } = latents;
  const [rows, columns] = grid;
  const known = new Int32Array(bytesOf(latents.codes).buffer);
  const size = rows * columns;
  const code = known.slice(0, size);
  const palette = paletteOf(entries);
  const brush = palette.slider;
  const board = boardOf(grid, code, {
    brush: () => Number(brush.value),
    changed,
  });
  const pick = element("button", { type: "button" }, "Take the entry under the cursor");
  pick.addEventListener("click", () => {
    palette.choose(code[board.cursor()]);
  });
  return {
    controls: [
      group("Codes: click and drag to paint; arrow keys move, space paints", board.canvas, pick),
      group("Entry of the codebook to paint with", labelled("entry", brush), palette.canvas),
    ],
    code: () => code,
    choose(shown) {
      code.set(known.subarray(shown * size, (shown + 1) * size));
      board.draw();
      changed();
    },
    wander(step) {
      code[step % size] = (code[step % size] + 1) % entries;
    },
  };
}

const cssColor = (index: number): string =>
  `rgb(${codeColor(index)
    .map((value) => Math.round(255 * value))
    .join(" ")})`;

function paletteOf(entries: number): {
  readonly slider: HTMLInputElement;
  readonly canvas: HTMLCanvasElement;
  choose(entry: number): void;
} {
  const slider = element("input", {
    type: "range",
    min: "0",
    max: String(entries - 1),
    value: "0",
    "aria-label": "entry of the codebook",
  });
  const canvas = element("canvas", { class: "palette", "aria-hidden": "true" });
  const draw = (): void => {
    canvas.width = paletteColumns * swatchSize;
    canvas.height = Math.ceil(entries / paletteColumns) * swatchSize;
    const context = canvas.getContext("2d");
    if (context === null) return;
    for (let entry = 0; entry < entries; entry++) {
      const x = (entry % paletteColumns) * swatchSize;
      const y = Math.floor(entry / paletteColumns) * swatchSize;
      context.fillStyle = cssColor(entry);
      context.fillRect(x, y, swatchSize - 1, swatchSize - 1);
      if (entry !== Number(slider.value)) continue;
      context.strokeStyle = colorOf("--ink");
      context.lineWidth = 3;
      context.strokeRect(x + 1, y + 1, swatchSize - 3, swatchSize - 3);
    }
  };
  const choose = (entry: number): void => {
    slider.value = String(entry);
    draw();
  };
  slider.addEventListener("input", draw);
  canvas.addEventListener("pointerdown", (event) => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * paletteColumns);
    const y = Math.floor(((event.clientY - box.top) / box.height) * (canvas.height / swatchSize));
    choose(Math.min(entries - 1, y * paletteColumns + x));
  });
  draw();
  return { slider, canvas, choose };
}

function boardOf(
  [rows, columns]: readonly [number, number],
  code: Int32Array,
  { brush, changed }: { readonly brush: () => number; readonly changed: () => void },
): { readonly canvas: HTMLCanvasElement; cursor(): number; draw(): void } {
  const canvas = element("canvas", {
    class: "map",
    tabindex: "0",
    role: "application",
    "aria-label": "Grid of codes; arrow keys move, space paints",
  });
  let cursor = 0;
  const draw = (): void => {
    canvas.width = columns * cell;
    canvas.height = rows * cell;
    const context = canvas.getContext("2d");
    if (context === null) return;
    code.forEach((entry, i) => {
      context.fillStyle = cssColor(entry);
      context.fillRect((i % columns) * cell, Math.floor(i / columns) * cell, cell - 1, cell - 1);
    });
    context.strokeStyle = colorOf("--ink");
    context.lineWidth = 3;
    const [x, y] = [(cursor % columns) * cell, Math.floor(cursor / columns) * cell];
    context.strokeRect(x + 1.5, y + 1.5, cell - 4, cell - 4);
  };
  const paintAt = (event: PointerEvent): void => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const y = Math.floor(((event.clientY - box.top) / box.height) * rows);
    if (x < 0 || y < 0 || x >= columns || y >= rows) return;
    cursor = y * columns + x;
    code[cursor] = brush();
    draw();
    changed();
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    paintAt(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) paintAt(event);
  });
  canvas.addEventListener("keydown", (event) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      " ": 0,
    };
    if (!Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    const next = cursor + steps[event.key];
    if (next >= 0 && next < code.length) cursor = next;
    if (event.key === " ") {
      code[cursor] = brush();
      changed();
    }
    draw();
  });
  draw();
  return { canvas, cursor: () => cursor, draw };
}
