/** A small table of facts. One that is wider than the window scrolls by itself, also by keyboard, and the page does not. */
import type { ReactNode } from "react";

interface FactsTableProps {
  /** For screen readers. */
  readonly label: string;
  /** Its `thead` and `tbody`. */
  readonly children: ReactNode;
}

export const FactsTable = ({ label, children }: FactsTableProps): ReactNode => (
  <div className="facts-box" role="group" aria-label={label} tabIndex={0}>
    <table className="facts">{children}</table>
  </div>
);
