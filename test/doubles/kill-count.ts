/** How many processes a test kills at random moments: each takes a second to start, so that `npm test` kills few. */

/**
 * A multiple of 3, since three run at a time. Default 6; more by the environment, for a change of what is written:
 * `HONE_TEST_KILLS=90 npm run dev -- run sqlite-faults`.
 */
export const killCount = 3 * Math.ceil(Number(process.env["HONE_TEST_KILLS"] ?? 6) / 3);
