/** Where a trainer answers workers, as a user writes it. */

/** An address to listen at. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** What such an address looks like, for messages. */
export const listenAddressForm = "host:port or a port of 127.0.0.1, such as 0.0.0.0:8001";

/** The address in a text: `host:port`, or a port of 127.0.0.1. Undefined for another text. */
export function listenAddress(text: string): ListenAddress | undefined {
  const [, host = "127.0.0.1", digits] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  return port <= 65_535 ? { host: host.replace(/^\[(.*)\]$/, "$1"), port } : undefined;
}
