/** Where a command's words go. Nothing else in the bench prints. */
export interface Writer {
  /** Writes a line that stays. */
  line(text?: string): void;
  /** Shows a passing text at the bottom of a terminal; away from a terminal it is dropped. */
  status(text: string): void;
  /** Writes a line to the error stream. */
  error(text: string): void;
  /** Whether a person watches: progress may then rewrite its line. */
  readonly isInteractive: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
}

/** The two streams of a process, or stand-ins. */
export interface WriterStreams {
  readonly output: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
  readonly error: NodeJS.WritableStream;
}

const eraseLine = "\r\u001b[2K";

/**
 * A writer over two streams. A reader that goes away early (`bench run | head`) does not end the run.
 *
 * @param streams standard output and standard error unless given
 */
export function createWriter(
  streams: WriterStreams = { output: process.stdout, error: process.stderr },
): Writer {
  const { output, error } = streams;
  const isInteractive = output.isTTY === true;
  // Some pseudo-terminals report a width of 0.
  const columns = output.columns || 100;
  let isStatusShown = false;
  for (const stream of [output, error]) {
    stream.on("error", (reason: NodeJS.ErrnoException) => {
      if (reason.code !== "EPIPE") throw reason;
    });
  }
  const clear = (): void => {
    if (isStatusShown) output.write(eraseLine);
    isStatusShown = false;
  };
  return {
    isInteractive,
    columns,
    line(text = "") {
      clear();
      output.write(`${text}\n`);
    },
    status(text) {
      if (!isInteractive) return;
      output.write(`${eraseLine}${text.slice(0, Math.max(1, columns - 1))}`);
      isStatusShown = true;
    },
    error(text) {
      clear();
      error.write(`${text}\n`);
    },
  };
}
