/** The page: where its parts are by its address. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-aria-components";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { ServerProblem } from "./api/client.ts";
import { Boundary } from "./parts/boundary.tsx";
import { Empty } from "./parts/problem.tsx";
import { ComparePage } from "./runs/compare-page.tsx";
import { RunPage } from "./runs/run-page.tsx";
import { RunsPage } from "./runs/runs-page.tsx";
import { TracePage } from "./traces/trace-page.tsx";
import { TracesPage } from "./traces/traces-page.tsx";
import "./styles.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A server that does not answer may come back; what it refused, it refuses again.
      retry: (count, error) => count < 3 && !(error instanceof ServerProblem && !error.mayPass),
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
        <nav aria-label="Pages">
          <Tab href="/runs">Runs</Tab>
          <Tab href="/traces">Traces</Tab>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <Boundary key={location}>
          <Switch>
            <Route path="/">
              <Redirect to="/runs" replace />
            </Route>
            <Route path="/runs">
              <RunsPage />
            </Route>
            <Route path="/compare">
              <ComparePage />
            </Route>
            <Route path="/runs/:name">{({ name }) => <RunPage key={name} name={name} />}</Route>
            <Route path="/traces">
              <TracesPage />
            </Route>
            <Route path="/traces/:id">{({ id }) => <TracePage key={id} id={id} />}</Route>
            <Route>
              <Empty command="npx hone ui">There is no such page.</Empty>
            </Route>
          </Switch>
        </Boundary>
      </main>
    </RouterProvider>
  );
}

function Tab({
  href,
  children,
}: {
  readonly href: string;
  readonly children: ReactNode;
}): ReactNode {
  const [location] = useLocation();
  const isHere = location === href || location.startsWith(`${href}/`);
  return (
    <Link href={href} aria-current={isHere ? "page" : undefined}>
      {children}
    </Link>
  );
}

createRoot(document.querySelector("#page")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Page />
    </QueryClientProvider>
  </StrictMode>,
);
