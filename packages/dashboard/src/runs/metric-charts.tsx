/** A chart for each metric of a section, the usual ones first, the others when they are asked for. */
import { type ReactNode, useMemo, useState } from "react";
import { Button, Input, Label, SearchField } from "react-aria-components";
import { Chart, curveSign } from "../parts/chart.tsx";
import {
  alarmsOf,
  type CurveGroup,
  curvesOf,
  isUsual,
  type MetricName,
  metricNames,
} from "./curves.ts";

export function MetricCharts({ groups }: { readonly groups: readonly CurveGroup[] }): ReactNode {
  const [searched, setSearched] = useState("");
  const [isAll, setAll] = useState(false);
  const names = useMemo(() => metricNames(groups.flatMap(({ runs }) => runs)), [groups]);
  const word = searched.trim().toLowerCase();
  const shown = names.filter((metric) =>
    word === "" ? isAll || isUsual(metric) : metric.name.toLowerCase().includes(word),
  );
  const sections = [...Map.groupBy(shown, ({ section }) => section)];
  return (
    <>
      <div className="controls">
        <SearchField value={searched} onChange={setSearched}>
          <Label>Metric</Label>
          <Input placeholder="name, as entropy" />
        </SearchField>
        <Button className="action" onPress={() => setAll(!isAll)}>
          {isAll ? "Show the usual ones" : `Show all ${names.length}`}
        </Button>
        {groups.length > 1 && <Legend groups={groups} />}
      </div>
      {names.length === 0 && <p className="soft">No numbers yet.</p>}
      {sections.map(([section, metrics]) => (
        <section key={section} aria-label={section}>
          <h2>{section}</h2>
          <Alarms alarms={alarmsOf(groups, section)} hasRuns={groups.length > 1} />
          <div className="charts">
            {metrics.map((metric) => (
              <MetricChart key={metric.name} metric={metric} groups={groups} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

function MetricChart({
  metric,
  groups,
}: {
  readonly metric: MetricName;
  readonly groups: readonly CurveGroup[];
}): ReactNode {
  const { section, name } = metric;
  const drawn = useMemo(() => curvesOf(groups, { section, name }), [groups, section, name]);
  const marks = useMemo(() => alarmsOf(groups, section).map(({ step }) => step), [groups, section]);
  return <Chart title={name} marks={marks} {...drawn} />;
}

interface AlarmsProps {
  readonly alarms: ReturnType<typeof alarmsOf>;
  /** Whether there are several runs, so that an alarm says of which it is. */
  readonly hasRuns: boolean;
}

/** In words what the curves have as upright lines. */
const Alarms = ({ alarms, hasRuns }: AlarmsProps): ReactNode =>
  alarms.length > 0 && (
    <ul className="alarms">
      {alarms.map(({ step, code, run }) => (
        <li key={`${run} ${code}`}>
          <code>{code}</code> at step {step}
          {hasRuns && ` of ${run}`}
        </li>
      ))}
    </ul>
  );

const Legend = ({ groups }: { readonly groups: readonly CurveGroup[] }): ReactNode => (
  <ul className="legend">
    {groups.map(({ name, runs }, i) => (
      <li key={name}>
        <span className="swatch" style={{ borderTop: curveSign(i) }} />
        {runs.length > 1 ? `${name}, ${runs.length} seeds` : name}
      </li>
    ))}
  </ul>
);
