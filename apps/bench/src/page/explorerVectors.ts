import { bytesOf } from "./decoder.ts";
import { element } from "./dom.ts";
import { group, labelled, thumbnails } from "./controls.ts";
import { LatentMap } from "./latentMap.ts";
import type { View, ViewOptions } from "./controls.ts";
import type { ExplorerVectors } from "../report/explorerData.ts";

/** Latents that are vectors: a slider for every dimension, a map of the encoded images, a way from one of them to another. */
export function vectorView({ latents, data, changed }: ViewOptions<ExplorerVectors>): View {
  const { size, mean, reach, order } = latents;
  const codes = new Float32Array(bytesOf(latents.codes).buffer);
  const codeOf = (shown: number): Float32Array =>
    codes.slice(data.shown[shown] * size, (data.shown[shown] + 1) * size);
  const code = codeOf(0);
  const sliders = order.map((dimension) =>
    element("input", {
      type: "range",
      min: String(mean[dimension] - reach[dimension]),
      max: String(mean[dimension] + reach[dimension]),
      step: String(reach[dimension] / 100),
      "aria-label": `latent ${dimension}`,
    }),
  );
  const refresh = (): void => {
    order.forEach((dimension, i) => (sliders[i].value = String(code[dimension])));
    map.show(code);
    changed();
  };
  const take = (values: ArrayLike<number>): void => {
    code.set(Array.from(values));
    refresh();
  };
  const map = new LatentMap(latents, { codes, classes: data.classes, moved: take });
  sliders.forEach((slider, i) => {
    slider.addEventListener("input", () => {
      code[order[i]] = Number(slider.value);
      map.show(code);
      changed();
    });
  });
  const list = element("div", { class: "sliders" });
  list.append(...sliders.map((slider, i) => labelled(`z${order[i]}`, slider)));
  order.forEach((dimension, i) => (sliders[i].value = String(code[dimension])));
  map.show(code);
  return {
    controls: [
      group("Map of the held-out images: click, drag, or use the arrow keys", map.canvas),
      group("Latents, those that vary most first", list),
      way(data, codeOf, take),
    ],
    code: () => code,
    choose(shown) {
      take(codeOf(shown));
    },
    wander(step) {
      order.forEach((dimension, i) => {
        code[dimension] = mean[dimension] + reach[dimension] * Math.sin(step / 9 + i);
      });
    },
  };
}

/** From one example to another. */
function way(
  data: ViewOptions<ExplorerVectors>["data"],
  codeOf: (shown: number) => Float32Array,
  take: (values: Float32Array) => void,
): HTMLElement {
  const ends = [0, Math.min(3, data.shown.length - 1)];
  const slider = element("input", {
    type: "range",
    min: "0",
    max: "1",
    step: "0.01",
    value: "0",
    "aria-label": "share of the way",
  });
  const go = (): void => {
    const [a, b] = ends.map(codeOf);
    const t = Number(slider.value);
    take(a.map((value, i) => (1 - t) * value + t * b[i]));
  };
  slider.addEventListener("input", go);
  const row = (end: 0 | 1): HTMLElement => {
    const pictures = thumbnails(data, (shown) => {
      ends[end] = shown;
      mark(pictures, shown);
      go();
    });
    mark(pictures, ends[end]);
    return pictures;
  };
  return group("From one image to another", row(0), slider, row(1));
}

function mark(row: HTMLElement, chosen: number): void {
  [...row.children].forEach((button, i) => {
    button.setAttribute("aria-pressed", String(i === chosen));
  });
}
