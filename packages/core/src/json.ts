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
