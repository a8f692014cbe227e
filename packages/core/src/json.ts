/** A value that JSON can hold. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** An object that JSON can hold. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** JSON with sorted keys, so that equal values give equal text. */
export function canonicalJson(value: JsonValue | undefined): string {
  if (value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map((v: JsonValue) => canonicalJson(v)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const object = value as JsonObject;
    const parts = Object.keys(object)
      .sort()
      .filter((key) => object[key] !== undefined)
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`);
    return `{${parts.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** What elbo writes is some 15 deep, and a network inside of a network adds 6. */
const maximalDepth = 100;

/**
 * Refuses arrays and objects that lie so deep in one another that functions which descend by recursion would exhaust the
 * stack. Level by level, so that it does not do so itself.
 *
 * @param rule what must not be so deep, for the message
 * @throws Error when it is
 */
export function assertShallow(rule: string, value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maximalDepth) {
      throw new Error(`${rule} must have at most ${maximalDepth} levels, got more`);
    }
    level = level.flatMap((item) =>
      typeof item === "object" && item !== null ? (Object.values(item) as unknown[]) : [],
    );
  }
}
