const longest = 80;
const mostEntries = 8;

/**
 * A value as it stands in an error message: short and on one line, never the whole of a large array.
 *
 * @param value anything that a caller may have passed
 */
export function describeValue(value: unknown): string {
  const text = show(value);
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, longest));
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value.toString()}n`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, mostEntries).map(show).join(", ");
    return `[${shown}${value.length > mostEntries ? ", ..." : ""}]`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const { constructor, length } = value as { constructor?: { name?: string }; length?: unknown };
  const name = constructor?.name ?? "no class";
  return typeof length === "number" ? `${name} of length ${length}` : `an object of ${name}`;
}
