/**
 * The reason that an exception gives, on one line: what follows the first line are lists and stacks.
 *
 * @param error whatever was thrown
 */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.trim().split("\n")[0].replace(/\s+/gu, " ").trim();
}
