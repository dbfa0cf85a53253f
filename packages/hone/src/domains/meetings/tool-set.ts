/** The tools of a meeting as tools of the tool loop, for agents that call tools by the model's own protocol. */
import { tool, type Tool } from "../../agents/tools/tool.ts";
import type { Meeting } from "./attributes.ts";
import { meetingToolNames, meetingTools, toolAnswer } from "./tools.ts";

/**
 * The five tools, which show what they know of this meeting. They take no arguments.
 * @example toolLoop({ tools: meetingToolSet(task.meeting), … });
 */
export const meetingToolSet = (meeting: Meeting): readonly Tool[] =>
  meetingToolNames.map((name) =>
    tool({
      name,
      description: `Shows ${meetingTools[name].description}.`,
      parameters: { type: "object", properties: {}, additionalProperties: false },
      execute: () => toolAnswer(name, meeting),
    }),
  );
