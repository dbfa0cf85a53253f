/** Where the rollouts of the measured runs are played: the rows of docs/results/workers.md. */

/** How a run's rollouts are played. */
export interface Place {
  /** In the table. */
  readonly text: string;
  /** The store whose queue is used; undefined: the trainer plays them itself. */
  readonly queue?: "sqlite" | "postgres";
  /** Workers at a time. */
  readonly workers: number;
  /** Workers that are killed while they hold rollouts. */
  readonly kills: number;
}

export const places = {
  alone: { text: "in process", workers: 0, kills: 0 },
  sqlite: { text: "two workers, SQLite", queue: "sqlite", workers: 2, kills: 0 },
  postgres: { text: "two workers, PostgreSQL", queue: "postgres", workers: 2, kills: 0 },
  killed: {
    text: "two workers, PostgreSQL, ten kill −9",
    queue: "postgres",
    workers: 2,
    kills: 10,
  },
} as const satisfies Readonly<Record<string, Place>>;

export type PlaceName = keyof typeof places;
