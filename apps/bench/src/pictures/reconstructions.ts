/** Reconstructions of all models make one picture, which the report puts together. */
export const reconstructionWords = {
  kind: "reconstructions",
  heading: "Reconstructions",
  text: "What comes back when a held-out image is encoded and decoded, one image per column.",
  caption: "",
  alt: "",
} as const;
