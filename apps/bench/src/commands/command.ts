import type { Writer } from "../writer.ts";

/** What every command works with. */
export interface CommandAround {
  readonly writer: Writer;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Sets the code with which the process ends once its work is done. */
  readonly exit: (code: number) => void;
}
