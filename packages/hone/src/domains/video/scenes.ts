/** Generated captions: people who do things in a house, one after the other, each thing at most once in a video. */
import type { Random } from "../../core/random.ts";
import type { Cue } from "./cue.ts";

const people = ["Mia", "Tom", "Ada", "Ben", "Zoe", "Max", "Eva", "Leo"] as const;

/** What can be done with each thing. */
const things: Readonly<Record<string, readonly string[]>> = {
  door: ["opens", "closes", "paints"],
  window: ["opens", "closes", "washes"],
  cup: ["washes", "fills", "drops"],
  pan: ["washes", "fills", "moves"],
  bread: ["cuts", "eats", "drops"],
  apple: ["cuts", "eats", "finds"],
  chair: ["moves", "paints", "finds"],
  lamp: ["moves", "lights", "drops"],
  book: ["opens", "closes", "finds"],
  dog: ["feeds", "washes", "finds"],
};

const events = Object.entries(things).flatMap(([thing, verbs]) =>
  verbs.map((verb) => `${verb} the ${thing}`),
);

/** Cues of a video, with whole seconds: each lasts 2 to 9, and 0 to 3 lie between two. */
export function drawCues(count: number, random: Random): readonly Cue[] {
  let at = random.integer(0, 3);
  return random
    .shuffle(events)
    .slice(0, count)
    .map((event, i) => {
      const start = at;
      const end = start + random.integer(2, 9);
      at = end + random.integer(0, 3);
      return { number: i + 1, start, end, text: `${random.pick(people)} ${event}` };
    });
}

/** The captions as the lines of a .txt file. @example captionLines(cues); // "0:12 - 0:15 Mia washes the cup" */
export const captionLines = (cues: readonly Cue[]): string =>
  cues.map((cue) => [timesOf(cue), cue.text].filter((part) => part !== "").join(" ")).join("\n");

function timesOf({ start, end }: Cue): string {
  if (start === undefined) return "";
  return end === undefined ? clock(start) : `${clock(start)} - ${clock(end)}`;
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds / 60);
  const rest = Math.round(1000 * (seconds - 60 * whole)) / 1000;
  return `${whole}:${rest < 10 ? "0" : ""}${rest}`;
}
