/** What is shown in the place of data: a problem in the server's words, or that there is nothing yet and which command changes that. */
import type { ReactNode } from "react";

export function Problem({ error }: { readonly error: Error }): ReactNode {
  return (
    <div role="alert" className="problem">
      {error.message.split("\n").map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

interface EmptyProps {
  readonly children: ReactNode;
  /** The command that fills the place. */
  readonly command: string;
}

export function Empty({ children, command }: EmptyProps): ReactNode {
  return (
    <div className="empty">
      <p>{children}</p>
      <code>{command}</code>
    </div>
  );
}
