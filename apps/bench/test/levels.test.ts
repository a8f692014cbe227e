import { expect, test } from "vitest";
import { reportPage } from "../src/report/page.ts";
import { levelTable } from "../src/results/levels.ts";
import { markdownTable, terminalTable } from "../src/results/table.ts";
import { exampleResults } from "./support/exampleResults.ts";
import type { Results } from "../src/results/schema.ts";

/** The example, its last model with figures of two levels, one of them of two codebooks; the first seed has one more. */
function withLevels(): Results {
  const results = exampleResults();
  const figures = [
    { "top.usage": 1, "bottom.usage": 0.5, "top.usage0": 0.25, "bottom.perplexity": 12 },
    { "top.usage": 0.9, "bottom.usage": 0.75, "top.usage0": 0.75, usage1: 0.125 },
  ];
  const [last] = results.models.slice(-1);
  const seeds = last.seeds.map((seed, i) => ({
    ...seed,
    metrics: {
      ...seed.metrics,
      ...Object.fromEntries(
        Object.entries(figures[i]).map(([key, mean]) => [key, { mean, standardError: null }]),
      ),
    },
  }));
  return { ...results, models: [...results.models.slice(0, -1), { ...last, seeds }] };
}

test("a comparison of models of one level and one codebook has no table of levels", () => {
  expect(levelTable(exampleResults())).toBeUndefined();
  expect(markdownTable(exampleResults())).not.toContain("Level");
});

test("each level and codebook is a row, in the columns of which one of them has a number", () => {
  const { rows = [], columns = [] } = levelTable(withLevels()) ?? {};
  expect(columns.map(({ key }) => key)).toEqual(["perplexity", "usage"]);
  expect(rows.map(({ model, level }) => [model.name, level])).toEqual([
    ["vq-vae", "top"],
    ["vq-vae", "bottom"],
    ["vq-vae", "top, book 1"],
    ["vq-vae", "book 2"],
  ]);
  expect(rows[1].columns["usage"].mean).toBe(0.625);
  expect(rows[1].columns["perplexity"]).toEqual({ mean: 12, standardDeviation: null, n: 1 });
});

test("table.md and the terminal have the rows of levels below those of models", () => {
  expect(markdownTable(withLevels())).toContain(
    [
      "| Model | Level | Perplexity (codes) | Usage |",
      "| --- | --- | ---: | ---: |",
      "| VQ-VAE | top | – | 0.950 ± 0.071 |",
      "| VQ-VAE | bottom | 12.0 | 0.625 ± 0.177 |",
      "| VQ-VAE | top, book 1 | – | 0.500 ± 0.354 |",
      "| VQ-VAE | book 2 | – | 0.125 |",
    ].join("\n"),
  );
  expect(terminalTable(withLevels())).toMatch(/\n\nModel +Level +Perplexity +Usage\n/u);
});

test("the report has the same rows in a table that can be sorted", () => {
  const page = reportPage(withLevels(), { pictures: [], script: "" });
  expect(page).toMatch(/<table id="levels">/u);
  expect(page).toContain('<td class="words">top, book 1</td>');
  expect(page).toContain('<td data-value="0.625">0.625<small>± 0.177</small></td>');
});
