/** A table of many rows, of which only those in sight are in the page; with the keyboard as with the mouse. */
import type { ReactNode } from "react";
import {
  Cell,
  Checkbox,
  Collection,
  Column,
  type Key,
  Row,
  type Selection,
  Table,
  TableBody,
  TableHeader,
  TableLayout,
  TableLoadMoreItem,
  Virtualizer,
} from "react-aria-components";
import { useWidthFrom } from "./window-width.ts";

/** A column: how its cells are made of a row. */
export interface DataColumn<T> {
  readonly id: string;
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  readonly isNumber?: boolean;
  /** Whether it names its row, beside the first column, which always does. Default false. */
  readonly isRowHeader?: boolean;
  /** The share of the width that it takes. Default 1. */
  readonly share?: number;
  /** In px; less of the first column where not all have room. Default 80. */
  readonly minWidth?: number;
  /** The width of the window from which on it is shown, in px: what matters least goes first. Default 0. */
  readonly from?: number;
}

interface DataTableProps<T> {
  /** For screen readers. */
  readonly label: string;
  readonly columns: readonly DataColumn<T>[];
  readonly rows: readonly T[];
  readonly idOf: (row: T) => string;
  /** The text by which a row is named to screen readers. */
  readonly nameOf: (row: T) => string;
  readonly hrefOf: (row: T) => string;
  readonly empty: ReactNode;
  /** Where rows can be chosen: those that are, and what is called when that changes. */
  readonly selected?: ReadonlySet<string>;
  readonly onSelect?: (ids: ReadonlySet<string>) => void;
  /** Called when the last row comes into sight. */
  readonly onMore?: (() => void) | undefined;
  readonly isLoading?: boolean;
}

const rowHeight = 36;
const MIN_WIDTH = 80;
/** What stays of the first column in the narrowest window. */
const MIN_FIRST = 60;
/** The width of the column of check boxes, in px. */
const checkWidth = 40;
/** What stands at both sides of a table as wide as the window, in px. */
const edges = 20;
/** Window widths at which columns are fitted anew, in px, beside those at which columns come and go. */
const fittedAt = [320, 360, 400, 440, 480, 520, 560, 600];

export function DataTable<T extends object>({
  label,
  columns: given,
  rows,
  idOf,
  nameOf,
  hrefOf,
  empty,
  selected,
  onSelect,
  onMore,
  isLoading = false,
}: DataTableProps<T>): ReactNode {
  const width = useWidthFrom([...fittedAt, ...given.map(({ from = 0 }) => from)]);
  const columns = given.filter(({ from = 0 }) => from <= width);
  const room = Math.max(width, fittedAt[0]!) - edges - (onSelect === undefined ? 0 : checkWidth);
  const wanted = columns.reduce((sum, { minWidth = MIN_WIDTH }) => sum + minWidth, 0);
  // In a narrow window the first column gives up some of its text, so that the last one is not cut off.
  const shortage = Math.max(0, wanted - room);
  const selection =
    onSelect === undefined
      ? {}
      : {
          selectionMode: "multiple" as const,
          selectionBehavior: "toggle" as const,
          selectedKeys: selected ?? new Set<string>(),
          onSelectionChange: (keys: Selection) => onSelect(chosen(keys, rows.map(idOf))),
        };
  return (
    <Virtualizer layout={TableLayout} layoutOptions={{ rowHeight, headingHeight: rowHeight }}>
      <Table
        aria-label={label}
        className={rows.length === 0 ? "data-table empty-table" : "data-table"}
        {...selection}
      >
        <TableHeader>
          {onSelect !== undefined && (
            <Column
              id="chosen"
              width={checkWidth}
              minWidth={checkWidth}
              className="react-aria-Column"
            >
              <Checkbox slot="selection" aria-label="All" className="check" />
            </Column>
          )}
          {columns.map(
            (
              { id, head, isNumber = false, isRowHeader = false, share = 1, minWidth = MIN_WIDTH },
              i,
            ) => (
              <Column
                key={id}
                id={id}
                isRowHeader={i === 0 || isRowHeader}
                defaultWidth={`${share}fr`}
                minWidth={i === 0 ? Math.max(MIN_FIRST, minWidth - shortage) : minWidth}
                className={`react-aria-Column ${isNumber ? "number" : ""}`}
              >
                {head}
              </Column>
            ),
          )}
        </TableHeader>
        <TableBody renderEmptyState={() => <>{isLoading ? "Loading …" : empty}</>}>
          <Collection items={rows.map((row) => ({ id: idOf(row), row }))}>
            {({ id, row }) => (
              <Row id={id} href={hrefOf(row)} textValue={nameOf(row)}>
                {onSelect !== undefined && (
                  <Cell className="react-aria-Cell">
                    <Checkbox slot="selection" className="check" />
                  </Cell>
                )}
                {columns.map(({ id: column, cell, isNumber = false }) => (
                  <Cell key={column} className={`react-aria-Cell ${isNumber ? "number" : ""}`}>
                    {cell(row)}
                  </Cell>
                ))}
              </Row>
            )}
          </Collection>
          {onMore !== undefined && (
            <TableLoadMoreItem onLoadMore={onMore} isLoading={isLoading}>
              Loading …
            </TableLoadMoreItem>
          )}
        </TableBody>
      </Table>
    </Virtualizer>
  );
}

const chosen = (keys: "all" | ReadonlySet<Key>, all: readonly string[]): ReadonlySet<string> =>
  new Set(keys === "all" ? all : [...keys].map(String));
