// Answers one question: node examples/support/support.ts "Any news for Baker?"
import { answer } from "./agent.ts";

console.log(await answer(process.env["HONE_QUESTION"] ?? process.argv[2]!));
