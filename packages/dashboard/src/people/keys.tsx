/** The keys of judging, as they are shown below its controls. */
import type { ReactNode } from "react";
import { firstReasonKey } from "./choices.ts";
import type { QueueKind } from "./people-api.ts";

export function Keys({
  kind,
  hasReasons,
}: {
  readonly kind: QueueKind;
  readonly hasReasons: boolean;
}): ReactNode {
  const rows: readonly (readonly [string, string])[] = [
    ...(kind === "correct"
      ? ([
          ["Ctrl Enter", "keep"],
          ["Esc", "out of the text, for the keys below"],
        ] as const)
      : ([
          [{ rate: "1 – 5", thumbs: "1 2", compare: "1 2 3" }[kind], "choose"],
          ["← →", "choose the next"],
          ["Enter", "keep"],
        ] as const)),
    ...(hasReasons ? [[`${firstReasonKey} – 9`, "reasons"] as const] : []),
    ["r", "why"],
    ["s", "skip"],
    ["u", "back to the last"],
    ["?", "show or hide the keys"],
  ];
  return (
    <dl className="keys" aria-label="Keys">
      {rows.map(([key, what]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
