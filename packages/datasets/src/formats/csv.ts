/** Comma-separated values (RFC 4180): quoted fields, doubled quotes, both line endings. */

/**
 * The fields of every line; empty lines are skipped.
 *
 * @param text the whole file
 * @param delimiter one character between fields
 * @throws RangeError when a quoted field does not end or text follows one
 */
export function decodeCsv(text: string, delimiter: string): string[][] {
  const lines: string[][] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const fields: string[] = [];
    const line = lines.length + 1;
    for (;;) {
      const field =
        text[at] === '"' ? quotedField(text, at, line) : plainField(text, at, delimiter);
      fields.push(field.value);
      at = field.end;
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (at < text.length && text[at] !== "\n") {
      throw new RangeError(
        `decodeCsv: a quoted field must be followed by a delimiter, got ${JSON.stringify(text[at])} in line ${String(line)}`,
      );
    }
    at++;
    if (fields.length > 1 || fields[0] !== "") lines.push(fields);
  }
  return lines;
}

interface Field {
  readonly value: string;
  readonly end: number;
}

function plainField(text: string, from: number, delimiter: string): Field {
  let end = from;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n") end++;
  const isLineEnd = text[end] !== delimiter && text[end - 1] === "\r" && end > from;
  return { value: text.slice(from, isLineEnd ? end - 1 : end), end };
}

function quotedField(text: string, from: number, line: number): Field {
  let value = "";
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      throw new RangeError(
        `decodeCsv: a quoted field must end with a quote, got none after line ${String(line)}`,
      );
    }
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}
