/** The table of templates of `hone init`: a row for each folder of templates/. It loads nothing, for the table of commands. */

/** Name → what it is, in the order in which help lists them. */
export const templates = {
  agent: "Begin an agent: tasks, reward, tests, training",
  domain: "Begin a domain: tasks, environment, expert, tests",
} as const;

/** See `templates`. */
export type TemplateName = keyof typeof templates;

export const templateNames = Object.keys(templates) as readonly TemplateName[];
