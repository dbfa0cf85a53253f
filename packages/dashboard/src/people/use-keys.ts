/** The keys of judging, which work wherever the focus is, except that letters and digits typed into a field are its own. */
import { useEffect, useRef } from "react";

export interface KeyActions {
  readonly store: () => void;
  readonly skip: () => void;
  readonly back: () => void;
  /** Goes to the field for the reason. */
  readonly why: () => void;
  /** Leaves a field. */
  readonly leave: () => void;
  readonly help: () => void;
  readonly digit: (digit: string) => void;
}

export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const action = actionOf(event, latest.current);
      if (action === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    };
    // Before the controls, of which some keep keys to themselves.
    document.addEventListener("keydown", press, true);
    return () => document.removeEventListener("keydown", press, true);
  }, []);
}

function actionOf(event: KeyboardEvent, actions: KeyActions): (() => void) | undefined {
  const { key, target } = event;
  const isStoring = key === "Enter";
  if (event.altKey || event.isComposing) return undefined;
  if (target instanceof HTMLTextAreaElement)
    return isStoring && (event.ctrlKey || event.metaKey)
      ? actions.store
      : key === "Escape"
        ? actions.leave
        : undefined;
  if (event.ctrlKey || event.metaKey) return undefined;
  if (target instanceof HTMLInputElement && target.type === "text")
    return isStoring ? actions.store : key === "Escape" ? actions.leave : undefined;
  // A button or a link that has the focus is pressed by Enter.
  if (isStoring)
    return target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement
      ? undefined
      : actions.store;
  if (/^\d$/.test(key)) return () => actions.digit(key);
  return { s: actions.skip, u: actions.back, r: actions.why, "?": actions.help }[key];
}
