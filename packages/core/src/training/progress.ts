import { emitWarning, progressOutput } from "#platform";
import { rules } from "@elbo/common";

/** Where progress is written. */
export interface ProgressWriter {
  write(text: string): void;
  /** A terminal gets one line that is rewritten, anything else a line per epoch or ten seconds; default false. */
  readonly isTerminal?: boolean;
}

/** How training shows its progress. Under `"silent"` warnings still go to Node's own channel for them. */
export type ProgressOption = "auto" | "lines" | "silent" | ProgressWriter;

const isWriter = (value: unknown): boolean =>
  typeof value === "object" && typeof (value as ProgressWriter | null)?.write === "function";

/** The rule of a {@link ProgressOption}. */
export const progressRule = rules.either(
  rules.oneOf(["auto", "lines", "silent"]),
  rules.such<ProgressWriter>("an object with write(text)", isWriter),
);

/** What a line of progress says. */
export interface ProgressState {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  /** Examples seen since this process began. */
  readonly examples: number;
  /** Steps made since this process began. */
  readonly made: number;
  readonly figures: Readonly<Record<string, number>>;
}

const linesEvery = 10_000;
const terminalEvery = 100;

/** What was said through Node's channel: there once per process is enough. */
const warned = new Set<string>();

/** Writes a progress line: rate, time left, figures. */
export class Progress {
  private readonly writer: ProgressWriter | undefined;
  private readonly started: number;
  private readonly now: () => number;
  private last: number;
  private open = false;

  /** @param now a clock in ms */
  constructor(option: ProgressOption, now: () => number = () => performance.now()) {
    this.now = now;
    this.started = now();
    this.last = this.started;
    this.writer = writerOf(option);
  }

  /** A step was made; writes when it is time to. */
  step(state: () => ProgressState): void {
    if (this.writer === undefined) return;
    const every = this.writer.isTerminal === true ? terminalEvery : linesEvery;
    if (this.now() - this.last < every) return;
    this.show(state());
  }

  /** An epoch ended; writes a line that stays. */
  epoch(state: ProgressState): void {
    if (this.writer === undefined) return;
    this.show(state);
    if (this.open) this.writer.write("\n");
    this.open = false;
  }

  /** Takes the compiler's messages, unless nothing is written here: then they are warnings. */
  get messages(): { onMessage?: (message: string) => void } {
    if (this.writer === undefined) return {};
    return {
      onMessage: (message) => {
        this.note(message);
      },
    };
  }

  /** Writes a sentence on a line of its own. */
  note(text: string): void {
    if (this.writer === undefined) return;
    this.writer.write(this.open ? `\n${text}\n` : `${text}\n`);
    this.open = false;
  }

  /** Writes a warning; where nothing is written it goes to Node's own channel for warnings. */
  warn(text: string): void {
    if (this.writer !== undefined) this.note(text);
    else if (!warned.has(text)) {
      warned.add(text);
      emitWarning(text);
    }
  }

  private show(state: ProgressState): void {
    if (this.writer === undefined) return;
    this.last = this.now();
    const line = progressLine(state, (this.last - this.started) / 1000);
    if (this.writer.isTerminal === true) {
      this.writer.write(`\r${line}\u001b[K`);
      this.open = true;
    } else {
      this.writer.write(`${line}\n`);
    }
  }
}

function writerOf(option: ProgressOption): ProgressWriter | undefined {
  if (option === "silent") return undefined;
  if (typeof option !== "string") return option;
  return {
    write: (text) => {
      progressOutput.write(text);
    },
    isTerminal: option === "auto" && progressOutput.isTerminal(),
  };
}

/** One line, such as `epoch 3/10  step 1200/4000  31000 examples/s  0:12 left  loss 231.4  kl 18.2`. */
export function progressLine(state: ProgressState, seconds: number): string {
  const { step, steps, epoch, epochs, examples, made, figures } = state;
  const parts = [`epoch ${Math.min(epoch + 1, epochs)}/${epochs}`, `step ${step}/${steps}`];
  if (seconds > 0 && made > 0) {
    parts.push(`${Math.round(examples / seconds)} examples/s`);
    parts.push(`${clock((seconds / made) * (steps - step))} left`);
  }
  for (const [name, value] of Object.entries(figures))
    parts.push(`${name} ${value.toPrecision(5)}`);
  return parts.join("  ");
}

function clock(seconds: number): string {
  const total = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(total % 60)}`
    : `${minutes}:${two(total % 60)}`;
}
