/** Small tables of facts. One that is wider than the window scrolls by itself, also by keyboard, and the page does not. */
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

/** Every setting of a run or an evaluation, as it was resolved. */
export const SettingsTable = ({
  config,
}: {
  readonly config: Readonly<Record<string, unknown>>;
}): ReactNode => (
  <section aria-label="Settings">
    <h2>Settings</h2>
    <FactsTable label="Settings by name">
      <tbody>
        {Object.entries(config).map(([key, value]) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td>{typeof value === "string" ? value : JSON.stringify(value)}</td>
          </tr>
        ))}
      </tbody>
    </FactsTable>
  </section>
);
