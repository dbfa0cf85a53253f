/** Work side by side, so much of it at a time. */

/**
 * Starts the work in its order, at most `size` of it at a time. After a failure nothing more is started; what runs is waited for.
 * @returns the results in the order of the work
 * @throws  the error of the first that failed
 */
export async function promisePool<T>(
  work: readonly (() => Promise<T>)[],
  size: number,
): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (next < work.length && failure === undefined) {
      const index = next++;
      try {
        results[index] = await work[index]!();
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(size, work.length) }, worker));
  // Assigned by the workers, which the compiler does not follow.
  const failed = failure as { readonly error: unknown } | undefined;
  if (failed !== undefined) throw failed.error;
  return results;
}
