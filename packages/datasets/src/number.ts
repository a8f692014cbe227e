/**
 * The number that a text is, as NumPy's `float` reads it: decimal, with or without a fraction and an exponent, blanks around
 * it. JavaScript's `Number` would take an empty text, and hexadecimal, binary and octal numbers too.
 *
 * @returns NaN for what is no finite number
 */
export function parseNumber(text: string): number {
  const trimmed = text.trim();
  if (trimmed === "" || /^0[xob]/iu.test(trimmed)) return Number.NaN;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** Whether a text stands for a value that is not there: nothing at all, or NaN, as pandas and NumPy write it. */
export function isMissing(text: string): boolean {
  return /^[+-]?(nan)?$/iu.test(text.trim());
}
