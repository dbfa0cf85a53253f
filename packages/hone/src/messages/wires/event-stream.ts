/** Server-sent events as model providers send them: JSON in `data:` lines. */
import { type JsonObject, parsedObject } from "../../core/json.ts";

export interface EventStream {
  /** The data of events that are JSON objects, in order. */
  readonly events: readonly JsonObject[];
  /** True when `[DONE]` was seen. */
  readonly isDone: boolean;
}

/**
 * Reads a stream's text, also one that breaks off: an event without its end is left out.
 * @source WHATWG HTML, §9.2.6 Interpreting an event stream
 */
export function readEventStream(text: string): EventStream {
  const events: JsonObject[] = [];
  let isDone = false;
  let data: string[] = [];
  const finish = (): void => {
    const joined = data.join("\n");
    data = [];
    if (joined === "[DONE]") isDone = true;
    else if (joined !== "") {
      const event = parsedObject(joined);
      if (event !== undefined) events.push(event);
    }
  };
  const lines = text.split(/\r\n|\r|\n/);
  // What follows the last line end is an unfinished line.
  for (const line of lines.slice(0, -1)) {
    if (line === "") finish();
    else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
  }
  return { events, isDone };
}
