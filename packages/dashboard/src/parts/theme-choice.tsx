/** The choice of the theme, in the head of every page. */
import { type ReactNode, useSyncExternalStore } from "react";
import { type Key, ToggleButton, ToggleButtonGroup } from "react-aria-components";
import { onThemeChange, readTheme, setTheme, type Theme, themes } from "./theme.ts";

/** The signs of the themes, drawn in a square of 16. */
const signs: Readonly<Record<Theme, string>> = {
  system: "M2 3h12v8H2z M5 14h6 M8 11v3",
  light:
    "M8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6z M8 1v2 M8 13v2 M1 8h2 M13 8h2 M3 3l1.4 1.4 M11.6 11.6L13 13 M3 13l1.4-1.4 M11.6 4.4L13 3",
  dark: "M13.5 9.5A6 6 0 0 1 6.5 2.5A6 6 0 1 0 13.5 9.5z",
};

const labels: Readonly<Record<Theme, string>> = {
  system: "Theme of the system",
  light: "Light theme",
  dark: "Dark theme",
};

export function ThemeChoice(): ReactNode {
  const theme = useSyncExternalStore(onThemeChange, readTheme);
  const choose = (keys: ReadonlySet<Key>): void => {
    const chosen = themes.find((one) => keys.has(one));
    if (chosen !== undefined) setTheme(chosen);
  };
  return (
    <ToggleButtonGroup
      aria-label="Theme"
      className="themes"
      disallowEmptySelection
      selectedKeys={[theme]}
      onSelectionChange={choose}
    >
      {themes.map((one) => (
        <ToggleButton key={one} id={one} aria-label={labels[one]}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d={signs[one]} />
          </svg>
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
