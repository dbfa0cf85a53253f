/** Counts what a server does, as text in Prometheus' form. */

/** Upper bounds of a histogram's buckets, in seconds. */
const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const;

interface Histogram {
  /** [bounds] how many values are at most the bound. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/** One metric: its values by the text of their labels. */
interface Family {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
}

const families = {
  hone_requests_total: { type: "counter", help: "Requests answered, by path and status." },
  hone_requests_running: { type: "gauge", help: "Requests that the server works on." },
  hone_rollouts_open: { type: "gauge", help: "Rollouts that may be called." },
  hone_prompt_tokens_total: { type: "counter", help: "Tokens of prompts, by model." },
  hone_sampled_tokens_total: { type: "counter", help: "Tokens sampled, by model." },
  hone_clients_gone_total: { type: "counter", help: "Requests whose client went before the end." },
  hone_solve_answers_total: {
    type: "counter",
    help: "Answers of /solve, by where they came from: model or cache.",
  },
  hone_solve_actions_mean: { type: "gauge", help: "Actions of an episode of /solve, mean." },
  hone_solve_structure_score: {
    type: "gauge",
    help: "Share of these actions that could be read and named an action that was valid then.",
  },
  hone_solve_completion_rate: {
    type: "gauge",
    help: "Share of these episodes that ended in an answer.",
  },
  hone_solve_success_rate: {
    type: "gauge",
    help: "Share of these episodes whose answer the domain takes for right.",
  },
  hone_solve_reward_mean: { type: "gauge", help: "Reward of these episodes, mean." },
  hone_feedback_total: { type: "counter", help: "Ratings that were stored." },
  hone_request_seconds: {
    type: "histogram",
    help: "Time from a request to the end of its answer.",
  },
  hone_first_token_seconds: { type: "histogram", help: "Time from a request to its first piece." },
} as const satisfies Readonly<Record<string, Family>>;

type Name = keyof typeof families;
type Labels = Readonly<Record<string, string | number>>;
/** Names of metrics of one type. */
type NameOf<Type extends Family["type"]> = {
  [Key in Name]: (typeof families)[Key]["type"] extends Type ? Key : never;
}[Name];

/** Labels beyond this many different ones per metric are counted under "other", since names come from requests. */
const maxLabels = 1000;

/** The metrics of one server. */
export class ServingMetrics {
  readonly #values = new Map<Name, Map<string, number>>();
  readonly #histograms = new Map<Name, Histogram>();

  add(name: NameOf<"counter">, labels: Labels = {}, amount = 1): void {
    const values = this.#valuesOf(name);
    const wanted = labelText(labels);
    const key = values.has(wanted) || values.size < maxLabels ? wanted : '{other="true"}';
    values.set(key, (values.get(key) ?? 0) + amount);
  }

  set(name: NameOf<"gauge">, value: number): void {
    this.#valuesOf(name).set("", value);
  }

  observe(name: NameOf<"histogram">, seconds: number): void {
    const known = this.#histograms.get(name);
    const histogram = known ?? { counts: bounds.map(() => 0), sum: 0, count: 0 };
    this.#histograms.set(name, histogram);
    bounds.forEach((bound, i) => (histogram.counts[i]! += seconds <= bound ? 1 : 0));
    histogram.sum += seconds;
    histogram.count++;
  }

  /** All metrics in Prometheus' text format, version 0.0.4. */
  text(): string {
    return Object.entries(families)
      .flatMap(([name, { type, help }]) => [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...this.#lines(name as Name),
      ])
      .map((line) => `${line}\n`)
      .join("");
  }

  #lines(name: Name): string[] {
    const histogram = this.#histograms.get(name);
    if (histogram === undefined) {
      return [...this.#valuesOf(name)].map(([labels, value]) => `${name}${labels} ${value}`);
    }
    const { counts, sum, count } = histogram;
    return [
      ...bounds.map((bound, i) => `${name}_bucket{le="${bound}"} ${counts[i]}`),
      `${name}_bucket{le="+Inf"} ${count}`,
      `${name}_sum ${sum}`,
      `${name}_count ${count}`,
    ];
  }

  #valuesOf(name: Name): Map<string, number> {
    const known = this.#values.get(name) ?? new Map<string, number>();
    this.#values.set(name, known);
    return known;
  }
}

/** `{model="a",status="200"}`, or nothing without labels. */
function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(String(value))}"`,
  );
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

const escaped = (text: string): string =>
  text.slice(0, 200).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
