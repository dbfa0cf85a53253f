/** Addresses of stores as they may be shown: without what gives access. */

/** Names of a query's values that are nobody's business. */
const SECRET = /password|secret|token/i;

/**
 * The address of a store without its password; what holds none stays as it was written.
 * @example shownAddress("postgres://ada:secret@db.example:5432/traces"); // "postgres://ada@db.example:5432/traces"
 */
export function shownAddress(address: string): string {
  if (!/^postgres(?:ql)?:/i.test(address)) return address;
  const url = wholeUrl(address);
  if (url === undefined) return withoutUser(address).replace(/\?.*$/s, "");
  const secrets = [...url.searchParams.keys()].filter((name) => SECRET.test(name));
  const hasPlace = url.password !== "" || /^[^@]*:@/.test(address);
  if (!hasPlace && secrets.length === 0) return address;
  url.password = "";
  for (const name of secrets) url.searchParams.delete(name);
  return url.href;
}

/**
 * The address as a URL; undefined where its password cannot be told from the rest. One with / # or ? that was not
 * percent-encoded ends the host for the parser, and stands behind it.
 */
export function wholeUrl(address: string): URL | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isTorn = url === undefined || /@/.test(url.pathname + url.hash) || isBareQuery(url);
  return isTorn ? undefined : url;
}

/** Everything up to the last @ left out, whatever form it has. */
export const withoutUser = (address: string): string =>
  address.replace(/^([a-z][a-z+]*:)(?:\/\/)?.*@/is, "$1//…@");

const isBareQuery = ({ pathname, search }: URL): boolean =>
  (pathname === "" || pathname === "/") && /^[^=]*@/.test(search);

/** A text, such as a message, without the passwords of the addresses in it. */
export const shownAddresses = (text: string): string =>
  text.replaceAll(/\bpostgres(?:ql)?:[^\s"'`]+/gi, shownAddress);
