/** A request that cannot be carried out as it stands: the command line prints the sentence and exits with 2. */
export class Refusal extends Error {
  readonly code = "BENCH_REFUSED";
}
