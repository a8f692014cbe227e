/** Text as it may stand in markup and in attributes. */
export function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A value as JSON inside a script element. */
export const jsonScript = (id: string, value: unknown): string =>
  `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll("<", "\\u003c")}</script>`;

/** Colours of the page's palette. */
const paletteSize = 7;

/** The rows of the default keep their colours in every report. */
const known: Readonly<Record<string, number>> = {
  autoencoder: 0,
  vae: 1,
  "beta-vae": 2,
  cvae: 3,
  "vq-vae": 4,
};

/** A colour for every row, by its name: the same name has the same colour in other reports, unless another row there has it already. */
export function colorsOf(names: readonly string[]): Map<string, number> {
  const colors = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of names) {
    let color = known[name] ?? codeSum(name) % paletteSize;
    while (taken.has(color) && taken.size < paletteSize) color = (color + 1) % paletteSize;
    taken.add(color);
    colors.set(name, color);
  }
  return colors;
}

const codeSum = (name: string): number =>
  [...name].reduce((sum, letter) => (31 * sum + (letter.codePointAt(0) ?? 0)) % 1_000_003, 7);

/** A dot in a colour of the palette. */
export function swatch(color: number): string {
  return `<span class="swatch" style="--color: var(--series-${color})" aria-hidden="true"></span>`;
}
