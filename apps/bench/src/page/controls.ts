import { bytesOf, paint } from "./decoder.ts";
import { element } from "./dom.ts";
import type { ExplorerData } from "../report/explorerData.ts";

/** What shows the latents of one model; made anew when another is chosen. */
export interface View {
  /** Elements that change the code. */
  readonly controls: readonly HTMLElement[];
  /** The code as it is now. */
  code(): Float32Array | Int32Array;
  /** Takes the code of an example that was chosen by its picture. */
  choose(shown: number): void;
  /** Any other code, to measure with. */
  wander(step: number): void;
}

/** What a view works with. */
export interface ViewOptions<Latents> {
  readonly latents: Latents;
  readonly data: ExplorerData;
  /** To be called when the code has changed. */
  readonly changed: () => void;
}

/** A control under its name. */
export function labelled(name: string, control: HTMLElement): HTMLLabelElement {
  const label = element("label", {}, `${name} `);
  label.append(control);
  return label;
}

/** Controls that belong together, under a heading. */
export function group(name: string, ...controls: readonly HTMLElement[]): HTMLFieldSetElement {
  const field = element("fieldset");
  field.append(element("legend", {}, name), ...controls);
  return field;
}

/** A button with a picture for every example that can be chosen. */
export function thumbnails(
  { pictures, image, shown, classes, classNames }: ExplorerData,
  choose: (shown: number) => void,
): HTMLDivElement {
  const bytes = bytesOf(pictures);
  const size = image.reduce((product, length) => product * length, 1);
  const row = element("div", { class: "thumbnails" });
  shown.forEach((example, i) => {
    const name = classNames[classes[example]] ?? `image ${i + 1}`;
    const button = element("button", { type: "button", "aria-label": name, title: name });
    const canvas = element("canvas");
    paint(canvas, bytes.subarray(i * size, (i + 1) * size), image);
    button.append(canvas);
    button.addEventListener("click", () => {
      choose(i);
    });
    row.append(button);
  });
  return row;
}
