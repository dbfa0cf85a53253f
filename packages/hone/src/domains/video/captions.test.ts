/** Captions as files have them: forms, times, and what is wrong with them, by line. */
import { describe, expect, it } from "vitest";
import { readCaptions } from "./captions.ts";
import { secondsOf } from "./cue.ts";
import { sampleCaptions } from "./samples.ts";
import { captionLines } from "./scenes.ts";

const lines = (...rows: readonly string[]): string => rows.join("\n");

describe("readCaptions", () => {
  it("reads SubRip: numbers, commas in times, several lines, tags of style", () => {
    const text = lines(
      ...["\uFEFF1", "00:00:01,500 --> 00:00:04,000", "<i>Mia</i> opens", "{\\an8}the door", ""],
      ...["2", "01:00:04,000 --> 01:00:05,250", "Tom &amp; Ada eat", ""],
    );
    expect(readCaptions(text.replaceAll("\n", "\r\n"))).toEqual({
      cues: [
        { number: 1, start: 1.5, end: 4, text: "Mia opens the door" },
        { number: 2, start: 3604, end: 3605.25, text: "Tom & Ada eat" },
      ],
      warnings: [],
    });
  });

  it("reads WebVTT: a header, notes, names of cues, settings behind the times, voices", () => {
    const text = lines(
      ...["WEBVTT - house", "Kind: captions", "", "NOTE", "00:01 --> 00:02 is no cue", ""],
      ...["STYLE", "::cue { color: red }", "", "intro"],
      ...["00:01.000 --> 00:02.000 align:start line:0", "<v.loud Mia>Good <b>morning</b>", ""],
      ...["00:02.000 --> 00:03.500", "&lt;door&gt;"],
    );
    expect(readCaptions(text).cues).toEqual([
      { number: 1, start: 1, end: 2, text: "Mia: Good morning" },
      { number: 2, start: 2, end: 3.5, text: "<door>" },
    ]);
  });

  it("reads plain lines with a start, with start and end, with a line that goes on, and without times", () => {
    const timed = lines(
      "[0:03] Mia opens the door",
      "and waits",
      "0:05 - 0:07: Tom eats",
      "(1:10 to 1:12) Ada",
    );
    expect(readCaptions(timed).cues).toEqual([
      { number: 1, start: 3, end: 5, text: "Mia opens the door and waits" },
      { number: 2, start: 5, end: 7, text: "Tom eats" },
      { number: 3, start: 70, end: 72, text: "Ada" },
    ]);
    expect(readCaptions(lines("Mia opens", "", "Tom eats 3 apples")).cues).toEqual([
      { number: 1, text: "Mia opens" },
      { number: 2, text: "Tom eats 3 apples" },
    ]);
  });

  it("warns of overlaps and of captions without words, by line", () => {
    const text = lines(
      ...["1", "00:00:01,000 --> 00:00:04,000", "a", ""],
      ...["2", "00:00:02,750 --> 00:00:05,000", "b", ""],
      ...["3", "00:00:06,000 --> 00:00:07,000"],
    );
    const { cues, warnings } = readCaptions(text);
    expect(cues).toHaveLength(2);
    expect(warnings).toEqual([
      "line 10: a caption without words is left out",
      "line 6: it overlaps the caption of line 2 by 1.25 s",
    ]);
  });

  it.each([
    [lines("1", "00:00:04,000 --> 00:00:01,000", "a"), /line 2: it ends at 1 s, before it begins/],
    [lines("[0:05] a", "", "[0:04] b"), /line 3: it begins at 4 s, before the caption of line 1/],
    [lines("1", "00:00:01,000 --> soon", "a"), /line 2: "soon" is no time/],
    [lines("1", "00:00:01,000 --> 00:00:02,000", "a", "", "b", "c"), /line 5: it has no times/],
    [lines("0:75 a"), /line 1: "0:75" is no time/],
    [lines("a", "[0:01] b"), /line 1: it stands before the first time/],
    ["\n\n", /line 1: there is no caption with words/],
  ])("refuses what cannot be right, naming the line (%#)", (text, message) => {
    expect(() => readCaptions(text)).toThrow(message);
    expect(() => readCaptions(text)).toThrow(/^CAPTIONS_INVALID/);
  });

  it("reads its own sample, and what the generator writes", () => {
    const { cues, warnings } = readCaptions(sampleCaptions);
    expect([cues.length, warnings]).toEqual([8, []]);
    expect(readCaptions(captionLines(cues)).cues).toEqual(cues);
  });
});

it("reads times of hours, minutes and seconds", () => {
  expect(["1:02:03.5", "02:03,250", "2:03", "90:00", "1:60", "12", "a:10"].map(secondsOf)).toEqual([
    ...[3723.5, 123.25, 123, 5400, undefined, undefined, undefined],
  ]);
});
