/**
 * Comma-separated values (RFC 4180): quoted fields, doubled quotes, both line endings. Text is decoded piece by piece and
 * rows come one at a time, so that memory is that of one row however long the file is.
 */

/** Most characters of one row, line end not counted: four for each value of an image of 512 x 512 in colour, and some. */
export const maxRowLength = 2 ** 22;

const pieceBytes = 65_536;

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The fields of every row, one row at a time; empty lines are skipped.
 *
 * @param bytes the whole file in UTF-8
 * @param delimiter one character between fields
 * @throws RangeError when a quoted field does not end, text follows one, or a row is longer than {@link maxRowLength}
 */
export function* csvRows(bytes: Uint8Array, delimiter: string): Generator<string[], void> {
  const decoder = new TextDecoder();
  let text = "";
  let from = 0;
  let row = 1;
  while (from < bytes.length) {
    // As much as is left of a row doubles it: a row is begun anew only a few times however long it is.
    const wanted = Math.min(
      Math.max(pieceBytes, text.length),
      maxRowLength + pieceBytes - text.length,
    );
    const to = Math.min(bytes.length, from + wanted);
    const isLast = to === bytes.length;
    text += decoder.decode(bytes.subarray(from, to), { stream: !isLast });
    from = to;
    let at = 0;
    while (at < text.length) {
      const { fields, end } = readRow({ text, delimiter, isLast, row }, at);
      if (end - at > maxRowLength) {
        throw new RangeError(
          `decodeCsv: a row must have at most ${String(maxRowLength)} characters, got more in line ${String(row)}`,
        );
      }
      if (end >= text.length && !isLast) break;
      at = end + 1;
      if (fields.length === 1 && fields[0] === "") continue;
      row++;
      yield fields;
    }
    text = text.slice(at);
  }
}

interface Place {
  readonly text: string;
  readonly delimiter: string;
  /** Whether nothing follows the text. */
  readonly isLast: boolean;
  readonly row: number;
}

/** The fields of a row and the place of its line end; beyond the text when the row is not complete. */
function readRow(place: Place, from: number): { fields: string[]; end: number } {
  const { text, row } = place;
  const separator = place.delimiter.charCodeAt(0);
  const fields: string[] = [];
  let at = from;
  for (;;) {
    const field =
      text.charCodeAt(at) === quote ? quotedField(place, at) : plainField(text, at, separator);
    fields.push(field.value);
    at = field.end;
    if (text.charCodeAt(at) !== separator) break;
    at++;
  }
  if (text.charCodeAt(at) === carriageReturn) at++;
  if (at < text.length && text.charCodeAt(at) !== lineFeed) {
    throw new RangeError(
      `decodeCsv: a quoted field must be followed by a delimiter, got ${JSON.stringify(text[at])} in line ${String(row)}`,
    );
  }
  return { fields, end: at };
}

interface Field {
  readonly value: string;
  readonly end: number;
}

function plainField(text: string, from: number, separator: number): Field {
  let end = from;
  let code = text.charCodeAt(end);
  while (end < text.length && code !== separator && code !== lineFeed)
    code = text.charCodeAt(++end);
  const isLineEnd = code !== separator && end > from && text.charCodeAt(end - 1) === carriageReturn;
  return { value: text.slice(from, isLineEnd ? end - 1 : end), end };
}

function quotedField({ text, isLast, row }: Place, from: number): Field {
  let value = "";
  let at = from + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0 && !isLast) return { value, end: text.length };
    if (end < 0) {
      throw new RangeError(
        `decodeCsv: a quoted field must end with a quote, got none after line ${String(row)}`,
      );
    }
    value += text.slice(at, end);
    if (text.charCodeAt(end + 1) !== quote) return { value, end: end + 1 };
    value += '"';
    at = end + 2;
  }
}
