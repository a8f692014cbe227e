import { escape } from "./html.ts";
import type { Results } from "../results/schema.ts";

/** What `diagnose` found of every training, by row; trainings with the same finding share its text with the evidence of the first. */
export function findingsSection({ models }: Results): string {
  const rows = models.flatMap(({ title, seeds }) => {
    const found = seeds.flatMap(({ seed, findings = [] }) =>
      findings.map((finding) => ({ seed, ...finding })),
    );
    return [...new Set(found.map(({ symptom }) => symptom))].map((symptom) => {
      const all = found.filter((finding) => finding.symptom === symptom);
      const [{ severity, evidence, advice, seed }] = all;
      const count = seeds.length === 1 ? "" : ` (${all.length} of ${seeds.length} seeds)`;
      const kind = severity === "note" ? ", a note" : "";
      return `<dt>${escape(title)}: ${escape(symptom)}${kind}${count}</dt>
<dd>Seen (seed ${seed}): ${escape(evidence)}.</dd>
<dd>To try: ${escape(advice)}.</dd>`;
    });
  });
  const looked = models.some(({ seeds }) => seeds.some(({ findings }) => findings !== undefined));
  if (!looked) return "";
  return `<section aria-labelledby="findings">
<h2 id="findings">What went wrong</h2>
<p>What <code>diagnose</code> sees in the trainings, on the first 500 held-out examples. A note may be meant.</p>
${rows.length === 0 ? "<p>Nothing was found of what it looks for.</p>" : `<dl class="findings">\n${rows.join("\n")}\n</dl>`}
</section>`;
}
