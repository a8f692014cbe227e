/** A request that cannot be carried out as it stands: the command line prints the sentence and exits with 2. */
export class Refusal extends Error {
  readonly code = "BENCH_REFUSED";
}

/**
 * What a check gives; what it finds wrong is a refusal of the bench.
 *
 * @throws Refusal with the sentence of the TypeError or RangeError
 */
export function refusing<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new Refusal(error.message, { cause: error });
    throw error;
  }
}
