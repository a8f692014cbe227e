import type { QuantizerChoice } from "../../src/index.ts";

const book = { kind: "vector", codebookSize: 8, codeDim: 4 } as const;

/** Every kind of quantizer with each of its choices, small: what all of them must do is a row for each. */
export const choices: readonly (readonly [string, QuantizerChoice])[] = [
  ["EMA", book],
  ["gradient", { ...book, codebook: "gradient" }],
  ["cosine, EMA", { ...book, distance: "cosine" }],
  ["cosine, gradient", { ...book, distance: "cosine", codebook: "gradient" }],
  ["rotation", { ...book, estimator: "rotation" }],
  ["drawn codes", { ...book, temperature: 0.5 }],
  ["FSQ", { kind: "fsq", levels: [5, 4, 2] }],
  ["LFQ", { kind: "binary", bits: 3 }],
  ["BSQ", { kind: "binary", bits: 3, sphere: true }],
  ["SimVQ", { kind: "sim-vq", codebookSize: 8, codeDim: 4 }],
  ["Gumbel, hard", { kind: "gumbel", codebookSize: 8, codeDim: 4 }],
  ["Gumbel, relaxed", { kind: "gumbel", codebookSize: 8, codeDim: 4, hard: false }],
  ["residual", { kind: "residual", parts: [book, { ...book, codebookSize: 5 }] }],
  ["residual with dropout", { kind: "residual", parts: [book, book, book], dropout: 0.5 }],
  ["product", { kind: "product", parts: [book, { ...book, codebookSize: 5, codeDim: 2 }] }],
  ["product of relaxed and not", { kind: "product", parts: [book, "gumbel", "fsq"] }],
  ["projected", { kind: "projected", quantizer: book, codeDim: 6 }],
  ["projected FSQ", { kind: "projected", quantizer: { kind: "fsq", levels: [3, 3] }, codeDim: 6 }],
  ["projected Gumbel", { kind: "projected", quantizer: "gumbel", codeDim: 6 }],
  [
    "residual of projected",
    {
      kind: "residual",
      parts: [0, 1].map(() => ({ kind: "projected", quantizer: book, codeDim: 6 }) as const),
    },
  ],
];
