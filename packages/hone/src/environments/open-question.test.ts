/** Which texts speak of a question. */
import { expect, it } from "vitest";
import { speaksOf } from "./open-question.ts";

it.each([
  ["Who wrote The Hobbit?", "The works of Tolkien are The Hobbit and Roverandom.", true],
  ["Who is the king of Bhutan?", "The Return of the King is a volume.", false],
  ["who rules bhutan today", "Bhutan is ruled by a king.", true],
  ["who is the king of bhutan", "The Return of the King is a volume.", false],
  ["What does Mia's brother open?", "Her brother opens the door.", false],
  ["What does Mia's brother open?", "The brother of Mia opened the door.", true],
  ["What is it about?", "It is about this and that.", false],
])("%j, %j: %j", (question, text, expected) => {
  expect(speaksOf(text, question)).toBe(expected);
});
