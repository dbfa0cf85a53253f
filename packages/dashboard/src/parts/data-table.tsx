/**
 * A table of many rows, of which only those in sight are in the page; with the keyboard as with the mouse.
 *
 * It is a list of rows, and each value says the head of its column to screen readers: a grid of cells that each take the focus is
 * much slower to draw (decision 0060), and here nothing is done with a single cell.
 */
import { type CSSProperties, memo, type ReactNode } from "react";
import {
  Checkbox,
  Collection,
  GridList,
  GridListItem,
  GridListLoadMoreItem,
  type Key,
  ListLayout,
  type Selection,
  Virtualizer,
} from "react-aria-components";
import { useWidthFrom } from "./window-width.ts";

/** A column: how its cells are made of a row. */
export interface DataColumn<T> {
  readonly id: string;
  readonly head: string;
  readonly cell: (row: T) => ReactNode;
  readonly isNumber?: boolean;
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
const MIN_FIRST = 50;
/** The width of the column of check boxes, in px. */
const checkWidth = 40;
/** How far ahead of what is in sight further rows are asked for, in heights of the table. */
const AHEAD = 3;
/** What stands at both sides of a table as wide as the window, with its scroll bar, in px. */
const edges = 36;
/** Window widths at which columns are fitted anew, in px, beside those at which columns come and go. */
const fittedAt = [320, 360, 400, 440, 480, 520, 560, 600];

/**
 * Drawn anew where a property is another one, so a page that changes often gives the same columns, functions and elements each
 * time: two dozen rows take more than a tenth of a second.
 */
export const DataTable = memo(AnyDataTable) as typeof AnyDataTable;

function AnyDataTable<T extends object>({
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
  const hasChoice = onSelect !== undefined;
  const room = Math.max(width, fittedAt[0]!) - edges - (hasChoice ? checkWidth : 0);
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
  const widths = columns.map(({ share = 1, minWidth = MIN_WIDTH }, i) => {
    const least = i === 0 ? Math.max(MIN_FIRST, minWidth - shortage) : minWidth;
    return `minmax(${least}px, ${share}fr)`;
  });
  const layout = {
    "--columns": [...(hasChoice ? [`${checkWidth}px`] : []), ...widths].join(" "),
  } as CSSProperties;
  return (
    <div className={rows.length === 0 ? "data-table empty-table" : "data-table"} style={layout}>
      <div className="data-head" aria-hidden="true">
        {hasChoice && <span />}
        {columns.map(({ id, head, isNumber = false }) => (
          <span key={id} className={isNumber ? "number" : undefined}>
            {head}
          </span>
        ))}
      </div>
      <Virtualizer
        layout={ListLayout}
        layoutOptions={{ rowSize: rowHeight, loaderSize: rowHeight }}
      >
        <GridList
          aria-label={label}
          className="data-rows"
          renderEmptyState={() => <>{isLoading ? "Loading …" : empty}</>}
          {...selection}
        >
          {/* A row that was there before is kept as it was made, unless something that it is made of is another one. */}
          <Collection items={rows} dependencies={[given, width, idOf, hrefOf, nameOf, hasChoice]}>
            {(row) => (
              <GridListItem
                id={idOf(row)}
                href={hrefOf(row)}
                textValue={nameOf(row)}
                className="data-row"
              >
                {hasChoice && <Checkbox slot="selection" className="check" />}
                {columns.map(({ id, head, cell, isNumber = false }) => (
                  <span key={id} className={isNumber ? "number" : undefined}>
                    <span className="for-screen-readers">{head} </span>
                    {cell(row)}
                  </span>
                ))}
              </GridListItem>
            )}
          </Collection>
          {onMore !== undefined && (
            <GridListLoadMoreItem onLoadMore={onMore} isLoading={isLoading} scrollOffset={AHEAD}>
              Loading …
            </GridListLoadMoreItem>
          )}
        </GridList>
      </Virtualizer>
    </div>
  );
}

const chosen = (keys: "all" | ReadonlySet<Key>, all: readonly string[]): ReadonlySet<string> =>
  new Set(keys === "all" ? all : [...keys].map(String));
