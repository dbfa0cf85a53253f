/** A command to type, with a button that copies it. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";

interface CopiedCommandProps {
  /** What it does, for screen readers: "copy the command that …". */
  readonly does: string;
  readonly command: string;
}

export function CopiedCommand({ does, command }: CopiedCommandProps): ReactNode {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(command);
      setSaid("copied");
    } catch {
      // A page that comes by plain HTTP from another machine may not write to the clipboard.
      setSaid("the browser does not let this page copy; select the text");
    }
  };
  return (
    <span className="copied-command">
      <code>{command}</code>
      <Button
        className="action"
        aria-label={`Copy the command that ${does}`}
        onPress={() => void copy()}
      >
        Copy
      </Button>
      <span role="status" className="soft">
        {said}
      </span>
    </span>
  );
}
