/** What is judged: the task, what was asked before, and one answer or two. All of it is text, whatever stands in it. */
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { QueueItem } from "./people-api.ts";

export function ShownAnswers({ item }: { readonly item: QueueItem }): ReactNode {
  const { task, context, answers, trace, kind } = item;
  // The question itself is the task; what else was said before it is for those who want to know.
  const before = context.filter(({ content }) => content !== task && content !== "");
  const names = answers.length === 2 ? ["Left", "Right"] : ["Answer"];
  return (
    <div className="judged">
      <section aria-label="Task">
        <h2>Task</h2>
        <p className="said">{task}</p>
        {before.length > 0 && (
          <details>
            <summary>{before.length} messages before the answer</summary>
            {before.map(({ role, content }, i) => (
              <p key={i} className="said">
                <span className="role">{role}</span> {content}
              </p>
            ))}
          </details>
        )}
      </section>
      {/* The field of a correction holds the answer already. */}
      <div className={answers.length === 2 ? "answers two" : "answers"}>
        {answers.map(({ text, tools }, i) => (
          <section key={names[i]} aria-label={names[i]} className="answer">
            <h2>
              {names[i]}
              {kind === "compare" && <kbd>{i + 1}</kbd>}
            </h2>
            {tools.length > 0 && <p className="soft">{tools.map(toolText).join(", ")}</p>}
            <p className="said">{text ?? "It answered nothing."}</p>
          </section>
        ))}
      </div>
      {trace !== undefined && (
        <Link href={`/traces/${encodeURIComponent(trace)}`} target="_blank">
          The whole trace
        </Link>
      )}
    </div>
  );
}

type Tool = QueueItem["answers"][number]["tools"][number];

/** "search ×2 (1 failed)" */
const toolText = ({ name, calls, failed }: Tool): string =>
  `${name}${calls === 1 ? "" : ` ×${calls}`}${failed === 0 ? "" : ` (${failed} failed)`}`;
