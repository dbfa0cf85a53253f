/** A rollout token by token, coloured by one quantity; the facts of the token that is pointed at, or that the slider is on. */
import {
  type MouseEvent,
  memo,
  type ReactNode,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import {
  Label,
  Radio,
  RadioGroup,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
} from "react-aria-components";
import { useSearchParams } from "wouter";
import type { Schemas } from "../api/client.ts";
import {
  largestOf,
  legendOf,
  quantities,
  quantityNames,
  quantityOf,
  short,
  stepOf,
  type TokenRow,
} from "./colours.ts";
import { piecesOf, shownToken, type TokenPiece } from "./token-lines.ts";

type View = Schemas["TokenView"];

/** Why the tokens of a part are grey, in words. */
const givenReasons: Readonly<Record<TokenRow["parts"][number]["kind"], string>> = {
  prompt: "given: the prompt",
  between: "given: what came between two turns",
  sampled: "",
};

/** The switch between the quantities, with what the chosen one is and the legend of its colours. */
export function ColourChoice({ rows }: { readonly rows: readonly TokenRow[] }): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const name = quantityOf(parameters.get("colour"));
  const quantity = quantities[name];
  const bounds = boundsOf(rows, name);
  const hasValues = rows.some((row) => quantity.valuesOf(row).some((value) => value !== null));
  return (
    <div className="colour-choice">
      <RadioGroup
        className="segments"
        orientation="horizontal"
        value={name}
        onChange={(chosen) =>
          setParameters(
            (before) => {
              const after = new URLSearchParams(before);
              after.set("colour", chosen);
              return after;
            },
            { replace: true },
          )
        }
      >
        <Label>Colour by</Label>
        {quantityNames.map((one) => (
          <Radio key={one} value={one} className="segment">
            {quantities[one].label}
          </Radio>
        ))}
      </RadioGroup>
      <p className="soft">{quantity.help}</p>
      {hasValues ? (
        <ul className="token-legend" aria-label={`Colours of ${quantity.label}`}>
          {legendOf(quantity, bounds).map(({ className, label }) => (
            <li key={label}>
              <span className={`token-swatch ${className}`} aria-hidden="true" />
              {label}
            </li>
          ))}
          <li>
            <span className="token-swatch given" aria-hidden="true" />
            given or not known
          </li>
        </ul>
      ) : (
        <p className="soft">
          This run did not keep it. Runs that start from now on keep it for every rollout that
          something is learned from.
        </p>
      )}
    </div>
  );
}

const boundsOf = (rows: readonly TokenRow[], name: keyof typeof quantities): readonly number[] => {
  const quantity = quantities[name];
  return quantity.bounds(largestOf(rows.map((row) => quantity.valuesOf(row))));
};

/** A token's place: the index of its row, and its own in the row. */
interface TokenPlace {
  readonly row: number;
  readonly at: number;
}

export function Tokens({ view }: { readonly view: View }): ReactNode {
  const [parameters] = useSearchParams();
  const name = quantityOf(parameters.get("colour"));
  const [place, setPlace] = useState<TokenPlace>(() => firstSampled(view.rows));
  const bounds = useMemo(() => boundsOf(view.rows, name), [view.rows, name]);
  const row = view.rows[place.row];
  const box = useRef<HTMLDivElement>(null);
  const point = useCallback((event: MouseEvent) => {
    const { row: of, at } = (event.target as HTMLElement).dataset;
    if (of !== undefined && at !== undefined) setPlace({ row: Number(of), at: Number(at) });
  }, []);
  useMarked(box, place, view.rows);
  if (row === undefined)
    return <p className="soft">The policy was not called in this rollout, so it has no tokens.</p>;
  return (
    <div className="token-view">
      <div className="token-facts">
        <TokenSlider rows={view.rows} place={place} onMove={setPlace} box={box} />
        <TokenFacts view={view} row={row} at={place.at} />
      </div>
      <div ref={box} className="tokens" onMouseOver={point} onClick={point}>
        {view.rows.map((one, index) => (
          <section key={one.index} aria-label={`Row ${index + 1}`}>
            {view.rows.length > 1 && (
              <h4>
                row {index + 1} of {view.rows.length}, sampled by {one.weightsVersion}
              </h4>
            )}
            <Row row={one} index={index} name={name} bounds={bounds} />
          </section>
        ))}
      </div>
    </div>
  );
}

const firstSampled = (rows: readonly TokenRow[]): TokenPlace => ({
  row: 0,
  at: rows[0]?.parts.find(({ kind }) => kind === "sampled")?.start ?? 0,
});

/** Marks the chosen token. It is done by hand, since thirty thousand others are not to be drawn again for it. */
function useMarked(
  box: { readonly current: HTMLElement | null },
  { row, at }: TokenPlace,
  rows: unknown,
): void {
  useEffect(() => {
    const token = box.current?.querySelector(`[data-row="${row}"][data-at="${at}"]`);
    token?.classList.add("chosen");
    return () => token?.classList.remove("chosen");
  }, [box, row, at, rows]);
}

interface SliderProps {
  readonly rows: readonly TokenRow[];
  readonly place: TokenPlace;
  readonly onMove: (place: TokenPlace) => void;
  readonly box: { readonly current: HTMLElement | null };
}

/** Goes from token to token by keyboard; the token comes into sight. */
function TokenSlider({ rows, place, onMove, box }: SliderProps): ReactNode {
  const starts = rows.map((_, i) => rows.slice(0, i).reduce((sum, one) => sum + one.ids.length, 0));
  const count = rows.reduce((sum, one) => sum + one.ids.length, 0);
  const move = (value: number): void => {
    const row = starts.findLastIndex((start) => start <= value);
    const at = value - starts[row]!;
    onMove({ row, at });
    box.current
      ?.querySelector(`[data-row="${row}"][data-at="${at}"]`)
      ?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Slider
      className="token-slider"
      minValue={0}
      maxValue={Math.max(0, count - 1)}
      value={starts[place.row]! + place.at}
      onChange={(value) => move(value as number)}
    >
      <Label>Token</Label>
      <SliderOutput>{({ state }) => `${state.values[0]! + 1} of ${count}`}</SliderOutput>
      <SliderTrack className="track">
        <SliderThumb className="thumb" />
      </SliderTrack>
    </Slider>
  );
}

/** Everything that is known of one token. */
function TokenFacts({
  view,
  row,
  at,
}: {
  readonly view: View;
  readonly row: TokenRow;
  readonly at: number;
}): ReactNode {
  const part = row.parts.find(({ start, end }) => at >= start && at < end);
  const reason = part === undefined ? "" : givenReasons[part.kind];
  const isSampled = part?.kind === "sampled";
  const numbers = quantityNames.flatMap((name) => {
    const value = quantities[name].valuesOf(row)[at] ?? null;
    return value === null ? [] : [[quantities[name].label, factText(name, value)] as const];
  });
  const facts: readonly (readonly [string, string])[] = [
    ["Text", JSON.stringify(row.texts[at] ?? "")],
    ["Id", String(row.ids[at] ?? "")],
    ["Turn", part === undefined ? "" : String(part.turn + 1)],
    ...(isSampled ? numbers : []),
    ["Learned", learnedText(view, row, reason)],
    ...(isSampled ? [["Sampled by", row.weightsVersion] as const] : []),
  ];
  return (
    <div role="status" aria-label="The chosen token">
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const factText = (name: string, value: number): string =>
  name === "logprob" ? `${short(-value)} nats, ${short(100 * Math.exp(-value))} %` : short(value);

function learnedText({ rollout }: View, row: TokenRow, given: string): string {
  if (given !== "") return `no: ${given}`;
  if (rollout.notLearned !== undefined) return `no: ${rollout.notLearned}`;
  if (row.updatesBefore === undefined) return "not kept";
  const { updatesBefore } = row;
  return updatesBefore === 0
    ? "yes"
    : `yes, after ${updatesBefore} ${updatesBefore === 1 ? "update" : "updates"} of the step`;
}

interface RowProps {
  readonly row: TokenRow;
  readonly index: number;
  readonly name: keyof typeof quantities;
  readonly bounds: readonly number[];
}

const Row = memo(function Row({ row, index, name, bounds }: RowProps): ReactNode {
  const pieces = useMemo(() => piecesOf(row), [row]);
  const values = useMemo(() => quantities[name].valuesOf(row), [row, name]);
  const { classes } = quantities[name];
  const classOf = (t: number, isSampled: boolean): string => {
    const value = values[t] ?? null;
    if (!isSampled || value === null) return "given";
    return classes[stepOf(value, bounds)]!;
  };
  return pieces.map((piece) => (
    <Piece key={piece.start} piece={piece} row={row} index={index} classOf={classOf} />
  ));
});

interface PieceProps {
  readonly piece: TokenPiece;
  readonly row: TokenRow;
  readonly index: number;
  readonly classOf: (t: number, isSampled: boolean) => string;
}

function Piece({ piece, row, index, classOf }: PieceProps): ReactNode {
  const { start, end, part, isFirst } = piece;
  const isSampled = part.kind === "sampled";
  return (
    <div className={`piece ${part.kind} ${isFirst ? "first" : ""}`}>
      {isFirst && (
        <span className="part-name">
          turn {part.turn + 1}, {isSampled ? "sampled" : part.kind}
        </span>
      )}
      {Array.from({ length: end - start }, (_, i) => {
        const t = start + i;
        return (
          <span key={t} data-row={index} data-at={t} className={`token ${classOf(t, isSampled)}`}>
            {shownToken(row.texts[t]!)}
          </span>
        );
      })}
    </div>
  );
}
