import { expect, test } from "vitest";
import { tokenizer, vocabularyOf } from "../../src/index.ts";

test("texts become tokens and texts again, the longest tokens first", () => {
  const smiles = /\[[^\]]+\]|Br|Cl|./gu;
  const texts = ["CCl", "C[NH+]Br", "", "ClC"];
  const vocabulary = vocabularyOf(texts, smiles);
  expect(vocabulary).toEqual(["Br", "C", "Cl", "[NH+]"]);
  const { encode, decode } = tokenizer(vocabulary, 4);
  const tokens = encode(texts);
  expect(tokens).toEqual({
    data: Int32Array.of(2, 3, 0, 0, 2, 4, 1, 0, 0, 0, 0, 0, 3, 2, 0, 0),
    shape: [4, 4],
  });
  expect(decode(tokens)).toEqual(texts);
});

test("what cannot be spelled, or is too long, is refused", () => {
  const { encode } = tokenizer(["a", "ab"], 2);
  expect(() => encode(["abx"])).toThrow(
    'encode: texts must be made of the vocabulary\'s tokens, got "x" at 2 of "abx"',
  );
  expect(() => encode(["aaa"])).toThrow('encode: texts must have at most 2 tokens, got 3 in "aaa"');
  expect(() => tokenizer(["a", ""], 2)).toThrow("tokenizer: vocabulary must be a list of tokens");
});
