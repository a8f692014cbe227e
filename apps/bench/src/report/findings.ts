import type { Finding } from "@elbo/core";
import { escape } from "./html.ts";
import type { Results } from "../results/schema.ts";

const wordsOf = ({ evidence, advice }: Finding, seed: number): string =>
  `<dd>Seen (seed ${seed}): ${escape(evidence)}.</dd>
<dd>To try: ${escape(advice)}.</dd>`;

/**
 * What `diagnose` found of every training, by row; trainings with the same finding share its text with the evidence of the first. Those
 * that diverged stand first. What the protocol chose is no finding.
 */
export function findingsSection({ models, diverged, configuration }: Results): string {
  const meant =
    configuration.likelihood === "grey-bernoulli" ? "grey values under a Bernoulli" : "";
  const lost = diverged.map(({ title, seed, message, findings = [] }) => {
    const words = findings.map((finding) => `\n${wordsOf(finding, seed)}`).join("");
    return `<dt>${escape(title)}: diverged (seed ${seed})</dt>
<dd>${escape(message)}.</dd>${words}`;
  });
  const rows = models.flatMap(({ title, seeds }) => {
    const found = seeds.flatMap(({ seed, findings = [] }) =>
      findings.filter(({ symptom }) => symptom !== meant).map((finding) => ({ seed, ...finding })),
    );
    return [...new Set(found.map(({ symptom }) => symptom))].map((symptom) => {
      const all = found.filter((finding) => finding.symptom === symptom);
      const [first] = all;
      const count = seeds.length === 1 ? "" : ` (${all.length} of ${seeds.length} seeds)`;
      const kind = first.severity === "note" ? ", a note" : "";
      return `<dt>${escape(title)}: ${escape(symptom)}${kind}${count}</dt>
${wordsOf(first, first.seed)}`;
    });
  });
  const looked = models.some(({ seeds }) => seeds.some(({ findings }) => findings !== undefined));
  if (!looked && lost.length === 0) return "";
  const all = [...lost, ...rows];
  return `<section aria-labelledby="findings">
<h2 id="findings">What went wrong</h2>
<p>What <code>diagnose</code> sees in the trainings, on the first 500 held-out examples. A note may be meant.</p>
${all.length === 0 ? "<p>Nothing was found of what it looks for.</p>" : `<dl class="findings">\n${all.join("\n")}\n</dl>`}
</section>`;
}
