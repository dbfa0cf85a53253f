/** A value as text, which is never anything else: no HTML of a trace is read. */
import type { ReactNode } from "react";

export function TextBlock({ text }: { readonly text: string }): ReactNode {
  return <pre className="text-block">{text}</pre>;
}

export const JsonBlock = ({ value }: { readonly value: unknown }): ReactNode => (
  <TextBlock text={typeof value === "string" ? value : JSON.stringify(value, undefined, 2)} />
);
