/** The name of the feed that carries a noise, by its full name (`latents/z/noise`). */
export const noiseFeed = (name: string): string => `noise_${name}`;

/** The name of the feed that carries a number that changes with the step. */
export const scalarFeed = (name: string): string => `scalar_${name}`;
