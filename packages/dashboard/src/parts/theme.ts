/** The theme of the page: the system's, or the one chosen on the page, which is stored in the browser. */

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageKey = "hone-ui-theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const changed = new EventTarget();

export function readTheme(): Theme {
  const kept = localStorage.getItem(storageKey);
  return themes.find((theme) => theme === kept) ?? "system";
}

/** Shows a theme and keeps it for the next visit. */
export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, theme);
  applyTheme();
}

/** The colours of styles.css are made by light-dark(), which follows this attribute's rule. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = readTheme();
  changed.dispatchEvent(new Event("change"));
}

/** Calls back when other colours are shown, until the returned function is called: what is drawn on a canvas has to be drawn again. */
export function onThemeChange(callback: () => void): () => void {
  changed.addEventListener("change", callback);
  systemIsDark.addEventListener("change", callback);
  return () => {
    changed.removeEventListener("change", callback);
    systemIsDark.removeEventListener("change", callback);
  };
}

// A theme that is chosen in another tab of the browser.
addEventListener("storage", ({ key }) => {
  if (key === storageKey) applyTheme();
});
