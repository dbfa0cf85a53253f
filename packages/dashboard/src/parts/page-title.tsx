/** The heading of a page, which is also the title of its tab. Reached by a link, it gets the focus, so that a screen reader begins there. */
import { type ReactNode, useEffect, useRef } from "react";

/**
 * The address that was shown before. Who has just opened the tab begins at its top, and a page whose heading is made anew, as when its
 * numbers have come, takes the focus from nobody.
 */
let shownBefore: string | undefined;

export function PageTitle({ children }: { readonly children: string }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · hone`;
  }, [children]);
  useEffect(() => {
    const { pathname } = location;
    if (shownBefore !== undefined && shownBefore !== pathname)
      heading.current?.focus({ preventScroll: true });
    shownBefore = pathname;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
