const longest = 80;
const mostEntries = 8;
/** Values inside of values, down to here; a circle ends here too. */
const deepest = 3;

/**
 * A value as it stands in an error message: short and on one line, never the whole of a large array.
 *
 * @param value anything that a caller may have passed
 */
export function describeValue(value: unknown): string {
  const text = show(value);
  return text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
}

function show(value: unknown, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, longest));
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value.toString()}n`;
  if (Array.isArray(value)) {
    if (depth === deepest) return "[...]";
    const entries = value.slice(0, mostEntries).map((entry) => show(entry, depth + 1));
    return `[${entries.join(", ")}${value.length > mostEntries ? ", ..." : ""}]`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (Object.getPrototypeOf(value) === Object.prototype) return showPlain(value, depth);
  const { constructor, length } = value as { constructor?: { name?: string }; length?: unknown };
  const name = constructor?.name ?? "no class";
  return typeof length === "number" ? `${name} of length ${length}` : `an object of ${name}`;
}

/** An object of no class of its own, by its keys and values: `{ kind: "gan" }`. */
function showPlain(value: object, depth: number): string {
  const keys = Object.keys(value);
  if (keys.length === 0) return "{}";
  if (depth === deepest) return "{...}";
  const entries = keys
    .slice(0, mostEntries)
    .map((key) => `${key}: ${show((value as Record<string, unknown>)[key], depth + 1)}`);
  return `{ ${entries.join(", ")}${keys.length > mostEntries ? ", ..." : ""} }`;
}
