/** The part of robots-parser that is used. The package's own types say "export default" of what is `module.exports`. */
declare module "robots-parser/Robots.js" {
  export default class Robots {
    constructor(address: string, text: string);
    /** Undefined for an address of another site. */
    isAllowed(address: string, crawler?: string): boolean | undefined;
    /** In seconds. */
    getCrawlDelay(crawler?: string): number | undefined;
  }
}
