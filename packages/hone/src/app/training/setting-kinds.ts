/**
 * A setting of a command, and the kinds of them that there are. Flags, keys of a config file, help and validation all come
 * from a setting's row: `learningRate` in a file is `--learning-rate` on the command line.
 */
import { z } from "zod";
import { mixtureOf } from "./mixture.ts";

/** One setting. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  /** Checks a given value and fills in the default. */
  readonly schema: Schema;
  /** How the text of a flag is read; "yes": a flag without a value. */
  readonly kind: "number" | "text" | "list" | "yes";
  /** What stands for its value in help. Default: "n" for a number, else the kind. */
  readonly placeholder?: string;
  /** What it is, with its unit, as help shows it. */
  readonly help: string;
  /** The default as help shows it. Absent: help shows none. */
  readonly byDefault?: string;
  /** The value where none is given, of a setting whose schema has no default because something else decides it. */
  readonly usual?: number;
  /** The key of a setting beside which this one has no meaning, or several. Both together are refused. */
  readonly notWith?: string | readonly string[];
  /** The key of a setting without which this one has no meaning; of several one is enough. This one alone is refused. */
  readonly onlyWith?: string | readonly string[];
  /** True where it has no meaning in this training: help does not list it, and giving it is an error. Default false. */
  readonly isUnused?: boolean;
  /** True where a run's model decides it, so that a command that trains this model further leaves it out. Default false. */
  readonly isOfModel?: boolean;
  /** True where it holds for one session of a run and no run records it: the line that resumes a run repeats it. Default false. */
  readonly isOfSession?: boolean;
}

/** Settings by their keys, in the order in which help lists them. */
export type SettingsTable = Readonly<Record<string, Setting>>;

/** The type of a table's checked settings. */
export type SettingsOf<Table extends SettingsTable> = {
  readonly [Key in keyof Table]: z.output<Table[Key]["schema"]>;
};

/** The kinds of settings, for rows of trainings.ts, which do not load zod before their settings are needed. */
export const settingKinds = {
  /** A whole number of at least `min`. */
  whole: (min: number, byDefault: number, help: string) => ({
    schema: z.int().min(min).default(byDefault),
    kind: "number" as const,
    help,
    byDefault: String(byDefault),
  }),

  /** A number in a range, both ends included. */
  number: ([min, max]: readonly [number, number], byDefault: number, help: string) => ({
    schema: z.number().min(min).max(max).default(byDefault),
    kind: "number" as const,
    help,
    byDefault: String(byDefault),
  }),

  /** One of a list of words, which help adds to the text. */
  choice: <const T extends readonly [string, ...string[]]>(
    choices: T,
    byDefault: T[number],
    help: string,
  ) => ({
    schema: z.enum(choices).default(byDefault),
    kind: "text" as const,
    help: `${help}: ${choices.join(", ")}`,
    byDefault: byDefault as string,
  }),

  /** A number in a range that may be left out, which then decides nothing or what `byDefault` describes. */
  optionalNumber: ([min, max]: readonly [number, number], help: string, byDefault?: string) => ({
    schema: z.number().min(min).max(max).optional(),
    kind: "number" as const,
    help,
    ...(byDefault === undefined ? {} : { byDefault }),
  }),

  /** One of a list of words that may be left out, likewise. */
  optionalChoice: <const T extends readonly [string, ...string[]]>(
    choices: T,
    help: string,
    byDefault?: string,
  ) => ({
    schema: z.enum(choices).optional(),
    kind: "text" as const,
    help: `${help}: ${choices.join(", ")}`,
    ...(byDefault === undefined ? {} : { byDefault }),
  }),

  /** Names with a number above 0 each, written name=number, that may be left out. */
  optionalWeights: (help: string) => ({
    schema: z
      .array(z.string().regex(/^[^=]+=(?:\d+\.?\d*|\.\d+)$/, "must be name=number"))
      .optional(),
    kind: "list" as const,
    help,
  }),

  /** One of a list of words, or several with weights behind equals signs, as a=0.8,b=0.2. `mixtureOf` reads it. */
  mixture: <const T extends readonly [string, string, ...string[]]>(
    choices: T,
    byDefault: T[number],
    help: string,
  ) => ({
    schema: z
      .string()
      .refine((text) => Object.keys(mixtureOf(text)).every((name) => choices.includes(name)), {
        error: `expected one of ${choices.join(", ")}, or several as ${choices[0]}=0.8,${choices[1]}=0.2`,
      })
      .refine((text) => Object.values(mixtureOf(text)).every((weight) => weight >= 0), {
        error: "expected weights of at least 0",
      })
      .default(byDefault),
    kind: "text" as const,
    help: `${help}: ${choices.join(", ")}`,
    byDefault: byDefault as string,
  }),

  /** A setting without a value of its own: where it is not given, something else decides, which `byDefault` describes. */
  optional: <Schema extends z.ZodType>(
    schema: Schema,
    { kind, help, byDefault }: Pick<Setting, "kind" | "help" | "byDefault">,
  ) => ({
    schema: schema.optional(),
    kind,
    help,
    ...(byDefault === undefined ? {} : { byDefault }),
  }),

  /**
   * How long a training learns from given data: optimizer steps and passes over the data, whichever ends first; without either so
   * many steps. `passesOf` of optimizer-settings.ts reads them.
   */
  passes: (steps: number) => ({
    steps: {
      schema: z.int().min(1).optional(),
      kind: "number" as const,
      help: "optimizer steps",
      byDefault: `${steps}, or as --epochs says`,
    },
    epochs: {
      schema: z.int().min(1).optional(),
      kind: "number" as const,
      help: "passes over the data; with --steps the first to end",
    },
  }),

  /** A switch that is off where it is left out. */
  optionalYes: (help: string) => ({
    schema: z.boolean().optional(),
    kind: "yes" as const,
    help,
    byDefault: "no",
  }),

  /** A whole number of at least `min` that may be left out, likewise. */
  optionalWhole: (min: number, help: string, byDefault: string) => ({
    schema: z.int().min(min).optional(),
    kind: "number" as const,
    help,
    byDefault,
  }),

  /** A text that must be given; `placeholder` stands for it in help. */
  requiredText: (help: string, placeholder: string) => ({
    schema: z.string({ error: `expected ${help}` }).min(1, `expected ${help}`),
    kind: "text" as const,
    help: `${help}; needed`,
    placeholder,
  }),

  /** A text that may be left out, likewise; `placeholder` stands for it in help. */
  optionalText: (help: string, byDefault: string, placeholder: string) => ({
    schema: z.string().min(1).optional(),
    kind: "text" as const,
    help,
    byDefault,
    placeholder,
  }),
};

/** See `settingKinds`. */
export type SettingKinds = typeof settingKinds;
