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

/** One row of a table. */
export interface CsvRow {
  readonly fields: string[];
  /** Line of the file in which the row begins, counted from 1. */
  readonly line: number;
}

/**
 * The fields of every row, one row at a time; empty lines are skipped.
 *
 * @param bytes the whole file
 * @param delimiter one character between fields
 * @param encoding of the text, as `TextDecoder` knows it
 * @throws RangeError when bytes are no text of the encoding, a quoted field does not end, text follows one, or a row is longer
 * than {@link maxRowLength}
 */
export function* csvRows(
  bytes: Uint8Array,
  delimiter: string,
  encoding = "utf-8",
): Generator<CsvRow, void> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let text = "";
  let from = 0;
  let line = 1;
  while (from < bytes.length) {
    // As much as is left of a row doubles it: a row is begun anew only a few times however long it is.
    const wanted = Math.min(
      Math.max(pieceBytes, text.length),
      maxRowLength + pieceBytes - text.length,
    );
    const to = Math.min(bytes.length, from + wanted);
    const isLast = to === bytes.length;
    try {
      text += decoder.decode(bytes.subarray(from, to), { stream: !isLast });
    } catch (error) {
      throw strangeBytes(bytes, encoding, error);
    }
    from = to;
    let at = 0;
    while (at < text.length) {
      const { fields, end, lines } = readRow({ text, delimiter, isLast, line }, at);
      if (end - at > maxRowLength) {
        throw new RangeError(
          `decodeCsv: a row must have at most ${String(maxRowLength)} characters, got more in line ${String(line)}`,
        );
      }
      if (end >= text.length && !isLast) break;
      at = end + 1;
      const first = line;
      line += lines;
      if (fields.length === 1 && fields[0] === "") continue;
      yield { fields, line: first };
    }
    text = text.slice(at);
  }
}

/** The refusal of bytes that no text has, with the line where that can be told. */
function strangeBytes(bytes: Uint8Array, encoding: string, cause: unknown): RangeError {
  const rule = `text must be in ${encoding} unless encoding is given (such as "latin1")`;
  if (encoding !== "utf-8") {
    return new RangeError(`decodeCsv: ${rule}, got other bytes`, { cause });
  }
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(lineFeed, from);
    const to = end < 0 ? bytes.length : end + 1;
    try {
      decoder.decode(bytes.subarray(from, to));
    } catch {
      break;
    }
    from = to;
  }
  return new RangeError(`decodeCsv: ${rule}, got other bytes in line ${String(line)}`, { cause });
}

interface Place {
  readonly text: string;
  readonly delimiter: string;
  /** Whether nothing follows the text. */
  readonly isLast: boolean;
  readonly line: number;
}

/** The fields of a row, the place of its line end, beyond the text when the row is not complete, and how many lines it takes. */
function readRow(place: Place, from: number): { fields: string[]; end: number; lines: number } {
  const { text, line } = place;
  const separator = place.delimiter.charCodeAt(0);
  const fields: string[] = [];
  let lines = 1;
  let at = from;
  for (;;) {
    const field =
      text.charCodeAt(at) === quote ? quotedField(place, at) : plainField(text, at, separator);
    fields.push(field.value);
    if (text.charCodeAt(at) === quote) lines += field.value.split("\n").length - 1;
    at = field.end;
    if (text.charCodeAt(at) !== separator) break;
    at++;
  }
  if (text.charCodeAt(at) === carriageReturn) at++;
  if (at < text.length && text.charCodeAt(at) !== lineFeed) {
    throw new RangeError(
      `decodeCsv: a quoted field must be followed by a delimiter, got ${JSON.stringify(text[at])} in line ${String(line)}`,
    );
  }
  return { fields, end: at, lines };
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

function quotedField({ text, isLast, line }: Place, from: number): Field {
  let value = "";
  let at = from + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    if (end < 0 && !isLast) return { value, end: text.length };
    if (end < 0) {
      throw new RangeError(
        `decodeCsv: a quoted field must end with a quote, got none after line ${String(line)}`,
      );
    }
    value += text.slice(at, end);
    if (text.charCodeAt(end + 1) !== quote) return { value, end: end + 1 };
    value += '"';
    at = end + 2;
  }
}
