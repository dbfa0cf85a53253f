/** Closing several things, so that one that fails to close keeps no other open. */

/** Closes something. */
export type Close = () => Promise<void> | void;

/**
 * Closes one after the other, all of them.
 * @throws the first error, once everything else is closed
 */
export async function closeAll(closings: readonly Close[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closings) {
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

/**
 * Closes what was opened for work that has failed.
 * @throws the error of the work, which says more than what fails to close behind it
 */
export async function failClosed(error: unknown, closings: readonly Close[]): Promise<never> {
  await closeAll(closings).catch(() => undefined);
  throw error;
}
