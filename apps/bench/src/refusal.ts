/** A request that cannot be carried out as it stands: the command line prints the sentence and exits with 2. */
export class Refusal extends Error {
  readonly code = "BENCH_REFUSED";
}

/** A value as it reads inside a sentence: on one line, never long. */
export function describeValue(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  const line = text.replace(/\s+/gu, " ").trim();
  return line === "" ? "nothing" : line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

/** What an exception says, on one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s+/gu, " ").trim();
}
