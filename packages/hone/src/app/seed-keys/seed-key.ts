/** What a key of another framework's configuration file means here. */

/** A key of another framework. It names a setting, multiplies one, or means nothing here. */
export type SeedKey =
  | {
      /** The setting that it is here. */
      readonly setting: string;
      /** Its value as the setting's. Default: unchanged. */
      readonly value?: (given: unknown) => unknown;
    }
  /** The setting that its number multiplies. */
  | { readonly multiplies: string }
  /** Why it means nothing here, as the end of a sentence. */
  | { readonly ignored: string };

/** Keys by their names in snake_case. */
export type Keys = Readonly<Record<string, SeedKey>>;

/** The keys that a command understands beside its own settings. */
export interface SeedKeys {
  /** Sections with the keys that mean something else in them than outside; all others are read as if they stood outside. */
  readonly sections: Readonly<Record<string, Keys>>;
  readonly keys: Keys;
}

export const to = (setting: string, value?: (given: unknown) => unknown): SeedKey => ({
  setting,
  ...(value && { value }),
});

export const ignored = (reason: string): SeedKey => ({ ignored: reason });
