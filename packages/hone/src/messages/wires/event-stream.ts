/** Server-sent events as model providers send them: JSON in `data:` lines. */
import { type JsonObject, parsedObject } from "../../core/json.ts";

/** What a stream of events holds. */
export interface EventStream {
  /** Data of the events that are JSON objects, in order. */
  readonly events: readonly JsonObject[];
  /** True when `[DONE]` came. */
  readonly isDone: boolean;
}

/**
 * Reads the text of a stream. An event without the empty line that ends it is left out.
 *
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
  // The text after the last line break is an unfinished line.
  for (const line of lines.slice(0, -1)) {
    if (line === "") finish();
    else if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
  }
  return { events, isDone };
}
