/** The page: its head with the sections, and below it the page of the address. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-aria-components";
import { Link, Route, Switch, useLocation } from "wouter";
import { mayPass, untilAnswered } from "./api/retrying.ts";
import { pages, sections } from "./pages.tsx";
import { Boundary } from "./parts/boundary.tsx";
import { PageTitle } from "./parts/page-title.tsx";
import { Empty } from "./parts/problem.tsx";
import { applyTheme } from "./parts/theme.ts";
import { ThemeChoice } from "./parts/theme-choice.tsx";
import "./styles.css";

applyTheme();

const queries = new QueryClient({
  defaultOptions: {
    // The server may be this very machine, which needs no network.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      retry: (count, error) => count < 1 && mayPass(error),
      refetchInterval: untilAnswered,
      staleTime: 2000,
    },
  },
});

function Page(): ReactNode {
  const [location, navigate] = useLocation();
  return (
    <RouterProvider navigate={(path) => navigate(path)}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link href="/runs" className="name">
          hone
        </Link>
        <nav aria-label="Sections">
          {sections.map(({ href, label, also }) => (
            <Link
              key={href}
              href={href}
              aria-current={isBelow(location, href) || isBelow(location, also) ? "page" : undefined}
            >
              {label}
            </Link>
          ))}
        </nav>
        <ThemeChoice />
      </header>
      <main id="main" tabIndex={-1}>
        <Boundary key={location}>
          <Suspense fallback={<p>Loading …</p>}>
            <Switch>
              {pages.map(({ path, show }) => (
                <Route key={path} path={path}>
                  {show}
                </Route>
              ))}
              <Route>
                <PageTitle>There is no such page</PageTitle>
                <Empty command="npx hone ui">
                  The address that it prints leads to those there are.
                </Empty>
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
      </main>
    </RouterProvider>
  );
}

const isBelow = (location: string, path: string | undefined): boolean =>
  location === path || location.startsWith(`${path}/`);

createRoot(document.querySelector("#page")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Page />
    </QueryClientProvider>
  </StrictMode>,
);
