/** The heading of a page, which is also the title of its tab. Reached by a link, it gets the focus, so that a screen reader begins there. */
import { type ReactNode, useEffect, useRef } from "react";

/** Whether a page was shown before: who has just opened the tab begins at its top. */
let hasShownOne = false;

export function PageTitle({ children }: { readonly children: string }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · hone`;
  }, [children]);
  useEffect(() => {
    if (hasShownOne) heading.current?.focus({ preventScroll: true });
    hasShownOne = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
