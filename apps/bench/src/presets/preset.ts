import type { JsonValue } from "@elbo/core";

/** A configuration with a name: what a file of `--config` may hold, over that of `default`. */
export interface Preset {
  /** What it is for and how long it takes, in a sentence. */
  readonly about: string;
  readonly configuration: Readonly<Record<string, JsonValue>>;
}
