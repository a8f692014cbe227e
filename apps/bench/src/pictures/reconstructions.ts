/** Reconstructions of all models make one picture, which the report puts together. */
export const reconstructionWords = {
  kind: "reconstructions",
  heading: "Reconstructions",
  text: "What comes back when a held-out image is encoded and decoded, one image per column. Images are encoded grey, as they are; models that were trained on binarized draws of them have not seen grey values, and may give them back too bright.",
  caption: "",
  alt: "",
} as const;
