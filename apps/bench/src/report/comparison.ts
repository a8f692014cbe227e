import { columns } from "../results/columns.ts";
import { headingOf } from "../results/format.ts";
import { escape } from "./html.ts";
import type { Results } from "../results/schema.ts";

/** What the page's script needs to compare two rows. */
export interface ComparisonData {
  readonly figures: readonly {
    readonly key: string;
    readonly heading: string;
    readonly digits: number;
    readonly better: "higher" | "lower" | null;
  }[];
  readonly differences: Results["differences"];
}

/** The figures that rows are compared in, and all differences. */
export function comparisonData(results: Results): ComparisonData {
  const keys = new Set(results.differences.map(({ figure }) => figure));
  return {
    figures: columns
      .filter(({ key }) => keys.has(key))
      .map((column) => ({
        key: column.key,
        heading: headingOf(column),
        digits: column.digits,
        better: column.better ?? null,
      })),
    differences: results.differences,
  };
}

/** Two rows side by side, chosen by the reader; the script fills the table. */
export function comparisonSection(results: Results): string {
  if (results.differences.length === 0) return "";
  const options = (chosen: number): string =>
    results.models
      .map(
        ({ name, title }, i) =>
          `<option value="${escape(name)}"${i === chosen ? " selected" : ""}>${escape(title)}</option>`,
      )
      .join("");
  return `<section aria-labelledby="two">
<h2 id="two">Two models</h2>
<p>Paired differences on the same held-out images. “Over images” asks whether these trainings differ on images like these, each averaged over the seeds; “over seeds” whether trainings like these differ, for which a few seeds are little to go by. p is two-sided, of the paired t test, and not corrected for how many pairs one looks at.</p>
<p class="choices"><label>First <select id="first">${options(0)}</select></label> <label>Second <select id="second">${options(1)}</select></label></p>
<div class="scroll" role="region" aria-labelledby="two" tabindex="0"><table id="differences"><thead><tr><th scope="col">First − second</th><th scope="col">Difference</th><th scope="col">p over images</th><th scope="col">p over seeds</th><th scope="col">Better</th></tr></thead><tbody></tbody></table></div>
</section>`;
}
