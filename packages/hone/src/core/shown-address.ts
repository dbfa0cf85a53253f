/** Addresses of stores as messages may show them: without passwords. */

/** Names of parameters in an address whose values must not be shown. */
const SECRET = /password|secret|token/i;

/**
 * The address of a store without its password; that of a server also without its user, who may be a key. An address that holds none
 * stays as it was written.
 * @example shownAddress("postgres://ada:secret@db.example:5432/traces"); // "postgres://ada@db.example:5432/traces"
 */
export function shownAddress(address: string): string {
  const isServer = /^https?:/i.test(address);
  if (!isServer && !/^postgres(?:ql)?:/i.test(address)) return address;
  const url = wholeUrl(address);
  if (url === undefined) return withoutUser(address).replace(/\?.*$/s, "");
  const secrets = [...url.searchParams.keys()].filter((name) => SECRET.test(name));
  const hasPlace =
    (isServer && url.username !== "") || url.password !== "" || /^[^@]*:@/.test(address);
  if (!hasPlace && secrets.length === 0) return address;
  url.password = "";
  if (isServer) url.username = "";
  for (const name of secrets) url.searchParams.delete(name);
  return url.href;
}

/**
 * The address as a URL. Undefined where the password cannot be told from the rest: a password with / # or ? that was not
 * percent-encoded is parsed as part of the path.
 */
export function wholeUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isTorn = url === undefined || /@/.test(url.pathname + url.hash) || isBareQuery(url);
  return isTorn ? undefined : url;
}

/** The address without everything between its scheme and the last @, which may hold a password. */
export const withoutUser = (address: string): string =>
  address.replace(/^([a-z][a-z+]*:)(?:\/\/)?.*@/is, "$1//…@");

const isBareQuery = ({ pathname, search }: URL): boolean =>
  (pathname === "" || pathname === "/") && /^[^=]*@/.test(search);

/** A text, such as an error message, in which addresses have lost their passwords. */
export const shownAddresses = (text: string): string =>
  text.replaceAll(/\bpostgres(?:ql)?:[^\s"'`]+/gi, shownAddress);
