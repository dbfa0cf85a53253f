/** A domain in which hardly two replies earn the same, so that a model that knows nothing learns from every step. */

/** The text of its file. */
export const lettersDomain = `
const score = (text) => [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) % 10), 0) / 10;
const task = (id) => ({ id });
export default {
  // Any text is an action.
  format: { parse: (reply) => ({ name: "say", argument: reply }) },
  environment: () => ({
    reset: ({ id }) => "say " + id,
    validActions: () => ["say"],
    step: ({ argument }) => ({
      observation: "over", reward: score(argument), terminated: true, truncated: false,
      info: { isSuccess: score(argument) > 2 },
    }),
  }),
  tasks: { train: [..."abcdef"].map(task), test: [..."xyz"].map(task) },
};
`;
