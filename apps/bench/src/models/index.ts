import { autoencoderKind, betaVaeKind } from "@elbo/beta-vae";
import { cvaeKind } from "@elbo/cvae";
import { hierarchicalVqVaeKind, vqVaeKind } from "@elbo/vq-vae";
import type { ModelRow } from "./modelRow.ts";

/** Every kind of model that the bench can compare. A new one is a row here; which of them are compared, with which options, presets say. */
export const modelRows: readonly ModelRow[] = [
  {
    name: autoencoderKind.kind,
    kind: autoencoderKind,
    title: "Autoencoder",
    summary:
      "The baseline without noise, penalty and prior: it only learns to give back what it is shown. It gives no bound on the likelihood and cannot draw new images.",
    options: { latent: 16 },
  },
  {
    name: betaVaeKind.kind,
    kind: betaVaeKind,
    title: "β-VAE",
    summary:
      "A Gaussian latent under a standard normal prior. With β = 1 it is trained on the evidence lower bound itself; with another β the rate costs β times as much while training.",
    options: { latent: 16 },
  },
  {
    name: cvaeKind.kind,
    kind: cvaeKind,
    title: "CVAE",
    summary:
      "Encoder and decoder are told the class of the image, so the latent is left with what the class does not say. It is measured given the label, which the other models do not get.",
    options: { latent: 16 },
    fromData: ({ classes }) => ({ classes }),
    needsLabels: true,
  },
  {
    name: vqVaeKind.kind,
    kind: vqVaeKind,
    title: "VQ-VAE",
    summary:
      "Latents are a grid of entries of one learned codebook. Its rate is the constant cost of naming each entry under a uniform prior, so its bound is far below what a learned prior over codes would give; without one it cannot draw new images.",
    options: { quantizer: { kind: "vector", codebookSize: 128, codeDim: 16 } },
  },
  {
    name: hierarchicalVqVaeKind.kind,
    // Its codes are a record by level, which measures of codes take care of.
    kind: hierarchicalVqVaeKind as unknown as NonNullable<ModelRow["kind"]>,
    title: "Hierarchical VQ-VAE",
    summary:
      "A VQ-VAE of several levels (VQ-VAE-2): a coarse grid of codes for what is large, and finer ones for what it left open, each with a codebook of its own.",
    options: {
      quantizers: [
        { kind: "vector", codebookSize: 128, codeDim: 16 },
        { kind: "vector", codebookSize: 128, codeDim: 16 },
      ],
      width: 32,
      network: { kind: "conv" },
    },
  },
  {
    name: "onnx",
    title: "Imported model",
    summary:
      "An encoder and a decoder from ONNX files, trained elsewhere and measured as they are; its rate is against a standard normal prior.",
    options: {},
  },
];
