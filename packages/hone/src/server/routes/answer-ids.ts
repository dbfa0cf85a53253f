/** Ids and times of answers. */
import { newTraceId } from "../../core/ids.ts";

/** A new id of an answer or a part of it, such as "chatcmpl-9f…". */
export const newAnswerId = (prefix: string): string => prefix + newTraceId();

/** Now, in seconds since 1970. */
export const secondsNow = (): number => Math.floor(Date.now() / 1000);
