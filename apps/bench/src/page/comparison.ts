import { byId, element, shown } from "./dom.ts";
import type { ComparisonData } from "../report/comparison.ts";

const significant = 0.05;

/** Fills the table of two chosen rows, again when another is chosen. */
export function compareRows({ figures, differences }: ComparisonData): void {
  const [first, second] = ["first", "second"].map((id) => byId(id) as HTMLSelectElement);
  const table = byId("differences") as HTMLTableElement;
  const fill = (): void => {
    const titles = [first, second].map((select) => select.selectedOptions[0].text);
    table.tBodies[0].replaceChildren(
      ...figures.flatMap((figure) => {
        const found = differences.find(
          ({ a, b, figure: key }) =>
            key === figure.key &&
            ((a === first.value && b === second.value) ||
              (b === first.value && a === second.value)),
        );
        if (found === undefined) return [];
        const sign = found.a === first.value ? 1 : -1;
        return [rowOf(figure, found, { sign, titles })];
      }),
    );
    if (table.tBodies[0].rows.length > 0) return;
    const nothing = element("tr");
    nothing.append(
      element("td", { colspan: "5" }, "These two have no figure of the same images in common."),
    );
    table.tBodies[0].append(nothing);
  };
  fill();
  for (const select of [first, second]) select.addEventListener("change", fill);
}

function rowOf(
  { heading, digits, better }: ComparisonData["figures"][number],
  { examples, seeds, seedCount }: ComparisonData["differences"][number],
  { sign, titles }: { readonly sign: number; readonly titles: readonly string[] },
): HTMLTableRowElement {
  const row = element("tr");
  const difference = sign * examples.mean;
  row.append(element("th", { scope: "row" }, heading));
  const cell = element("td", {}, shown(difference, digits));
  cell.append(element("small", {}, `± ${shown(examples.standardError, digits)}`));
  row.append(cell, element("td", {}, pText(examples.p)));
  row.append(
    element("td", {}, seeds === null ? "one seed" : `${pText(seeds.p)} (n = ${seedCount})`),
  );
  const winner = difference > 0 === (better === "higher") ? titles[0] : titles[1];
  const verdict =
    better === null
      ? "–"
      : examples.p >= significant
        ? "no telling"
        : seeds !== null && seeds.p < significant
          ? winner
          : `${winner}, in these trainings`;
  row.append(element("td", {}, verdict));
  return row;
}

const pText = (p: number): string => (p < 0.001 ? "< 0.001" : p.toFixed(3));
