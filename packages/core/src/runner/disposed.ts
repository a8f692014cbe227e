/** @throws Error when the model's variables are freed */
export function refuseDisposed(
  fn: string,
  { isDisposed = false }: { readonly isDisposed?: boolean },
): void {
  if (isDisposed) throw new Error(`${fn}: the model must not be used after dispose()`);
}
