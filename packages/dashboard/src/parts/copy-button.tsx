/** Copies a text, and says so. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";

export function CopyButton({ text }: { readonly text: string }): ReactNode {
  const [said, setSaid] = useState("Copy");
  return (
    <Button
      className="action"
      onPress={() => {
        navigator.clipboard.writeText(text).then(
          () => setSaid("Copied"),
          () => setSaid("The browser refused"),
        );
      }}
    >
      {said}
    </Button>
  );
}
