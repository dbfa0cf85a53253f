/** The heading of a page, which is also the title of its tab. Reached by a link, it gets the focus, so that a screen reader begins there. */
import { type ReactNode, useEffect, useRef } from "react";

/**
 * The path of the page that was shown before. The first page of a tab does not move the focus, and neither does a heading that React
 * renders again on the same path, as when the data of the page has arrived.
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
