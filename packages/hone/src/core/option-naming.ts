/** How the text of an error names an option: as a program writes it, or as it is typed on the command line. */
export type OptionNaming = (option: string) => string;

/** `maxTokens`, in backticks. */
export const inCode: OptionNaming = (option) => `\`${option}\``;

/** --max-tokens */
export const asFlag: OptionNaming = (option) =>
  `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
