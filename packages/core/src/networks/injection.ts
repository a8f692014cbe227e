import { rules } from "@elbo/common";

/**
 * How a condition of E values enters a network.
 *
 * - `"concatenate"`: further values of a vector: of the latents in decoders, of the flattened maps in convolutional encoders.
 * - `"maps"`: E constant maps beside the image's channels in encoders, beside the first maps in decoders.
 * - `"film"`: `x + scale(c) x + shift(c)` per channel or unit before the ReLU of every hidden layer, scale and shift linear in the
 *   condition (Perez et al. 2018, arXiv:1709.07871).
 */
export type Injection = "concatenate" | "maps" | "film";

/** One way for both networks, or one for each; what is left out joins the input: maps beside an image, values after a vector. */
export type InjectionChoice =
  | Injection
  | { readonly encoder?: Injection | undefined; readonly decoder?: Injection | undefined };

const one = rules.oneOf<Injection>(["concatenate", "maps", "film"]);

/** {@link InjectionChoice} as a rule. */
export const injectionRule = rules.either(
  one,
  rules.options({
    encoder: { rule: one, default: undefined },
    decoder: { rule: one, default: undefined },
  }),
);

/** The way into each of the two networks. */
export const injectionsOf = (
  choice: InjectionChoice | undefined,
): { readonly encoder: Injection | undefined; readonly decoder: Injection | undefined } =>
  typeof choice === "string"
    ? { encoder: choice, decoder: choice }
    : { encoder: choice?.encoder, decoder: choice?.decoder };
