/** The values of `format` that sampling knows, as patterns. Each holds part of what the format allows: no leap days, for one. */

const day =
  "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))";
const date = `[0-9]{4}-${day}`;
const hour = "(?:[01][0-9]|2[0-3])";
const time = `${hour}:[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-]${hour}:[0-5][0-9])`;
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?";
const host = `${label}(?:\\.${label}){0,8}`;
const byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const hex = (count: number): string => `[0-9a-f]{${count}}`;

export const stringFormats: Readonly<Record<string, string>> = {
  date: `^${date}$`,
  time: `^${time}$`,
  "date-time": `^${date}T${time}$`,
  uuid: `^${[8, 4, 4, 4, 12].map(hex).join("-")}$`,
  ipv4: `^${byte}(?:\\.${byte}){3}$`,
  hostname: `^${host}$`,
  email: `^[a-zA-Z0-9_+-]{1,15}(?:\\.[a-zA-Z0-9_+-]{1,15}){0,3}@(?:${label}\\.){1,4}[a-zA-Z]{2,10}$`,
  uri: `^https?://${host}(?:/[a-zA-Z0-9._~-]{1,60}){0,8}/?$`,
};
