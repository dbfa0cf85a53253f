/** Addresses that only programs on this machine reach. */

/** True for localhost, 127.x.x.x and ::1, with or without brackets. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d+){3}|::1|\[::1\])$/.test(host);
