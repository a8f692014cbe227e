/**
 * A value as it reads in the middle of an error message: short, on one line, never the whole of a large array.
 *
 * @param value anything a caller may have passed
 */
export function describe(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((entry: unknown) => describe(entry));
    return `[${shown.join(", ")}${value.length > 8 ? ", ..." : ""}]`;
  }
  if (typeof value === "object" && value !== null) {
    const name = (value.constructor as { name?: string } | undefined)?.name ?? "object";
    const length = (value as { length?: unknown }).length;
    return typeof length === "number" ? `${name} of length ${String(length)}` : name;
  }
  if (typeof value === "function") return "a function";
  return String(value);
}

/**
 * The reason that an exception gives, on one line.
 *
 * @param error whatever was thrown
 */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s+/gu, " ").trim();
}
