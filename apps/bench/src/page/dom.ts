/** The element of an id; undefined where the page has no such part. */
export const byId = (id: string): HTMLElement | undefined =>
  document.getElementById(id) ?? undefined;

/** What a script element of JSON holds. */
export function readJson<T>(id: string): T | undefined {
  const text = byId(id)?.textContent;
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** A new element with attributes and text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

/** A number for reading, with the digits of its column and a real minus sign. */
export function shown(value: number, digits: number): string {
  const text = value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return text.replace("-", "−");
}

/** A colour of the page's style sheet. */
export const colorOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
