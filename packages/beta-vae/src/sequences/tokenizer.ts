import { assertInteger, describeValue, type NdArray } from "@elbo/core";
import { endToken } from "./tokens.ts";

/** Texts as tokens and back: token 0 is the end, token i + 1 the i-th of the vocabulary. */
export interface Tokenizer {
  /**
   * int32 `[n, length]`, filled up with 0. At each place the longest token that fits is taken.
   *
   * @throws RangeError for a text that the vocabulary cannot spell, or that is too long
   */
  readonly encode: (texts: readonly string[]) => NdArray<Int32Array>;
  /** The texts of `[n, length]`, each up to its end. */
  readonly decode: (tokens: NdArray) => string[];
}

/**
 * The tokens that occur in texts, sorted: a vocabulary.
 *
 * @param pattern matches one token, global; default one character. For SMILES: `/\[[^\]]+\]|Br|Cl|%\d\d|./gu`
 */
export function vocabularyOf(texts: readonly string[], pattern = /[^]/gu): string[] {
  assertTexts("vocabularyOf", texts);
  return [...new Set(texts.flatMap((text) => text.match(pattern) ?? []))].sort();
}

/**
 * A tokenizer for a vocabulary and a largest length.
 *
 * @throws TypeError or RangeError for a vocabulary with no tokens, empty ones or the same twice
 */
export function tokenizer(vocabulary: readonly string[], length: number): Tokenizer {
  const fn = "tokenizer";
  assertVocabulary(fn, vocabulary);
  assertInteger({ fn, name: "length" }, length, { min: 1 });
  const ids = new Map(vocabulary.map((token, i) => [token, i + 1]));
  const longest = Math.max(...vocabulary.map((token) => token.length));
  return {
    encode(texts) {
      assertTexts("encode", texts);
      const data = new Int32Array(texts.length * length);
      texts.forEach((text, n) => {
        const tokens = spell(text, ids, longest);
        if (tokens.length > length) {
          throw new RangeError(
            `encode: texts must have at most ${length} tokens, got ${tokens.length} in ${describeValue(text)}`,
          );
        }
        data.set(tokens, n * length);
      });
      return { data, shape: [texts.length, length] };
    },
    decode({ data, shape: [count, size] }) {
      return Array.from({ length: count }, (_, n) => {
        const tokens = Array.from(data.subarray(n * size, (n + 1) * size));
        const end = tokens.indexOf(endToken);
        const own = end < 0 ? tokens : tokens.slice(0, end);
        return own.map((token) => vocabulary[token - 1]).join("");
      });
    },
  };
}

function assertTexts(fn: string, texts: unknown): void {
  if (Array.isArray(texts) && texts.every((text) => typeof text === "string")) return;
  throw new TypeError(`${fn}: texts must be a list of strings, got ${describeValue(texts)}`);
}

/** Refuses what is no vocabulary. */
export function assertVocabulary(fn: string, vocabulary: readonly string[]): void {
  const given: unknown = vocabulary;
  const isList =
    Array.isArray(given) &&
    given.length > 0 &&
    given.every((token) => typeof token === "string" && token !== "");
  if (!isList) {
    throw new TypeError(
      `${fn}: vocabulary must be a list of tokens, each a text of at least one character, got ${describeValue(vocabulary)}`,
    );
  }
  const twice: string | undefined = vocabulary.find((token, i) => vocabulary.indexOf(token) !== i);
  if (twice === undefined) return;
  throw new RangeError(
    `${fn}: vocabulary must name every token once, got ${describeValue(twice)} twice`,
  );
}

function spell(text: string, ids: ReadonlyMap<string, number>, longest: number): number[] {
  const tokens: number[] = [];
  for (let at = 0; at < text.length;) {
    let size = Math.min(longest, text.length - at);
    while (size > 0 && !ids.has(text.slice(at, at + size))) size--;
    const token = ids.get(text.slice(at, at + size));
    if (token === undefined) {
      throw new RangeError(
        `encode: texts must be made of the vocabulary's tokens, got ${describeValue(text.slice(at, at + 1))} at ${at} of ${describeValue(text)}`,
      );
    }
    tokens.push(token);
    at += size;
  }
  return tokens;
}
