/** Makes the columns of a table sortable: a button in every heading, numbers by `data-value`, rows without one last. */
export function makeSortable(table: HTMLTableElement): void {
  const headings = [...(table.tHead?.rows[0]?.cells ?? [])];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isFalling = heading.getAttribute("aria-sort") !== "descending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isFalling ? "descending" : "ascending");
      sortRows(table, column, isFalling);
    });
  });
}

function sortRows(table: HTMLTableElement, column: number, isFalling: boolean): void {
  const [body] = table.tBodies;
  const keyOf = (row: HTMLTableRowElement): number | string => {
    const cell = row.cells[column];
    const { value } = cell.dataset;
    if (value !== undefined) return Number(value);
    return cell.classList.contains("absent") ? NaN : cell.textContent;
  };
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row) }));
  rows.sort((a, b) => {
    if (typeof a.key === "string" || typeof b.key === "string")
      return String(a.key).localeCompare(String(b.key)) * (isFalling ? 1 : -1);
    if (Number.isNaN(a.key) || Number.isNaN(b.key))
      return Number(Number.isNaN(a.key)) - Number(Number.isNaN(b.key));
    return isFalling ? b.key - a.key : a.key - b.key;
  });
  body.append(...rows.map(({ row }) => row));
}
