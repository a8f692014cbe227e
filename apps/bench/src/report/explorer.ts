import { escape } from "./html.ts";
import type { ExplorerData } from "./explorerData.ts";

/** The explorer's place in the page; the script fills it. */
export function explorerSection(data: ExplorerData | undefined): string {
  if (data === undefined) return "";
  const options = data.models.map(({ title }) => `<option>${escape(title)}</option>`).join("");
  const sentence = (words: string, titles: readonly string[]): string =>
    titles.length === 0 ? "" : ` ${words} ${escape(titles.join("; "))}.`;
  const missing =
    sentence("There is no room in this page for", data.leftOut) +
    sentence(
      "It plays with models trained here whose latents are one vector or one grid of codes, told a label or nothing: not with",
      data.unsuited,
    );
  return `<section aria-labelledby="explore">
<h2 id="explore">Explore</h2>
<p>The decoders of the first seed, live: this page holds them and what computes them. Move a latent and see what it does.${missing}</p>
<div class="card explorer">
<div class="stage"><label>Model <select id="explorer-model">${options}</select></label><canvas id="explorer-picture" role="img" aria-label="What the decoder makes of the code"></canvas></div>
<div id="explorer-controls" class="controls"></div>
</div>
<noscript><p>The explorer is a script inside this page, and scripts are switched off.</p></noscript>
</section>`;
}
