import { group, labelled, thumbnails } from "./controls.ts";
import { Decoder, inflated } from "./decoder.ts";
import { byId, element } from "./dom.ts";
import { codesView } from "./explorerCodes.ts";
import { vectorView } from "./explorerVectors.ts";
import type { View } from "./controls.ts";
import type { ExplorerData, ExplorerModel } from "../report/explorerData.ts";

/** Starts the explorer: its models by a choice, the picture under what changes the code. */
export async function startExplorer(data: ExplorerData): Promise<void> {
  const place = byId("explorer-controls");
  const canvas = byId("explorer-picture") as HTMLCanvasElement | undefined;
  const choice = byId("explorer-model") as HTMLSelectElement | undefined;
  if (place === undefined || canvas === undefined || choice === undefined) return;
  const kernels = await WebAssembly.compile(await inflated(data.kernels));
  const decoders = new Map<string, Promise<Decoder>>();
  const decoderOf = (model: ExplorerModel): Promise<Decoder> => {
    const known = decoders.get(model.name) ?? Decoder.load(model, kernels, data.image);
    decoders.set(model.name, known);
    return known;
  };
  const open = async (): Promise<void> => {
    const model = data.models[choice.selectedIndex];
    const decoder = await decoderOf(model);
    show(model, decoder, { data, place, canvas });
  };
  choice.addEventListener("change", () => void open());
  await open();
}

function show(
  model: ExplorerModel,
  decoder: Decoder,
  { data, place, canvas }: { data: ExplorerData; place: HTMLElement; canvas: HTMLCanvasElement },
): void {
  const label = labelChoice(model);
  const draw = (): void => {
    decoder.draw(canvas, view.code(), label?.selectedIndex ?? 0);
  };
  const { latents } = model;
  const options = { data, changed: draw };
  const view: View =
    latents.kind === "vector"
      ? vectorView({ ...options, latents })
      : codesView({ ...options, latents });
  label?.addEventListener("change", draw);
  const examples = thumbnails(data, (shown) => {
    if (label !== undefined) label.selectedIndex = data.classes[data.shown[shown]] ?? 0;
    view.choose(shown);
  });
  place.replaceChildren(
    ...(label === undefined ? [] : [labelled("Class that the decoder is told", label)]),
    group("Start from a held-out image", examples),
    ...view.controls,
  );
  draw();
  // What the benchmark of the page asks: frames per second of new codes, decoded and painted.
  Object.assign(globalThis, {
    elboFramesPerSecond: async (frames: number): Promise<number> => {
      const started = performance.now();
      for (let i = 0; i < frames; i++) {
        view.wander(i);
        await decoder.drawNow(canvas, view.code(), label?.selectedIndex ?? 0);
      }
      return (1000 * frames) / (performance.now() - started);
    },
  });
}

function labelChoice({ labels }: ExplorerModel): HTMLSelectElement | undefined {
  if (labels === undefined) return undefined;
  const select = element("select", { id: "explorer-label" });
  select.append(...labels.map((name) => element("option", {}, name)));
  return select;
}
