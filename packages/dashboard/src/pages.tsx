/** The sections of the page, and which page each address shows. A page's program is loaded when it is first opened. */
import { lazy, type ReactNode } from "react";
import { Redirect } from "wouter";

/** What the head of every page leads to. A section is the current one on all addresses below its own, and below `also`. */
export const sections: readonly Section[] = [
  { href: "/runs", label: "Runs", also: "/compare" },
  { href: "/evaluations", label: "Evaluations" },
  { href: "/traces", label: "Traces", also: "/analysis" },
  { href: "/people", label: "People", also: "/new-queue" },
];

interface Section {
  readonly href: string;
  readonly label: string;
  readonly also?: string;
}

const ComparePage = lazy(async () => ({
  default: (await import("./runs/compare-page.tsx")).ComparePage,
}));
const EvaluationPage = lazy(async () => ({
  default: (await import("./evaluations/evaluation-page.tsx")).EvaluationPage,
}));
const EvaluationsPage = lazy(async () => ({
  default: (await import("./evaluations/evaluations-page.tsx")).EvaluationsPage,
}));
const ChatPage = lazy(async () => ({ default: (await import("./chat/chat-page.tsx")).ChatPage }));
const RunPage = lazy(async () => ({ default: (await import("./runs/run-page.tsx")).RunPage }));
const RunsPage = lazy(async () => ({ default: (await import("./runs/runs-page.tsx")).RunsPage }));
const HeldOutPage = lazy(async () => ({
  default: (await import("./tokens/held-out-page.tsx")).HeldOutPage,
}));
const RolloutPage = lazy(async () => ({
  default: (await import("./tokens/rollout-page.tsx")).RolloutPage,
}));
const RolloutsPage = lazy(async () => ({
  default: (await import("./tokens/rollouts-page.tsx")).RolloutsPage,
}));
const GroupsPage = lazy(async () => ({
  default: (await import("./traces/groups-page.tsx")).GroupsPage,
}));
const ErrorsPage = lazy(async () => ({
  default: (await import("./traces/errors-page.tsx")).ErrorsPage,
}));
const TimesPage = lazy(async () => ({
  default: (await import("./traces/times-page.tsx")).TimesPage,
}));
const DiffPage = lazy(async () => ({ default: (await import("./traces/diff-page.tsx")).DiffPage }));
const TracePage = lazy(async () => ({
  default: (await import("./traces/trace-page.tsx")).TracePage,
}));
const TracesPage = lazy(async () => ({
  default: (await import("./traces/traces-page.tsx")).TracesPage,
}));

const PeoplePage = lazy(async () => ({
  default: (await import("./people/people-page.tsx")).PeoplePage,
}));
const NewQueuePage = lazy(async () => ({
  default: (await import("./people/new-queue-page.tsx")).NewQueuePage,
}));
const QueuePage = lazy(async () => ({
  default: (await import("./people/queue-page.tsx")).QueuePage,
}));
const JudgePage = lazy(async () => ({
  default: (await import("./people/judge-page.tsx")).JudgePage,
}));

/** The parts of an address that its pattern names. */
type AddressParts = Readonly<Record<string, string | undefined>>;

interface PageRow {
  /** A pattern of addresses, as "/runs/:name". The first row that fits is shown. */
  readonly path: string;
  readonly show: (parts: AddressParts) => ReactNode;
}

export const pages: readonly PageRow[] = [
  { path: "/", show: () => <Redirect to="/runs" replace /> },
  { path: "/runs", show: () => <RunsPage /> },
  { path: "/compare", show: () => <ComparePage /> },
  { path: "/runs/:name", show: ({ name = "" }) => <RunPage key={name} name={name} /> },
  { path: "/runs/:name/chat", show: ({ name = "" }) => <ChatPage key={name} name={name} /> },
  {
    path: "/runs/:name/rollouts",
    show: ({ name = "" }) => <RolloutsPage key={name} name={name} />,
  },
  { path: "/runs/:name/rollout", show: ({ name = "" }) => <RolloutPage key={name} name={name} /> },
  { path: "/runs/:name/held-out", show: ({ name = "" }) => <HeldOutPage key={name} name={name} /> },
  { path: "/evaluations", show: () => <EvaluationsPage /> },
  {
    path: "/evaluations/:name",
    show: ({ name = "" }) => <EvaluationPage key={name} name={name} />,
  },
  { path: "/traces", show: () => <TracesPage /> },
  { path: "/people", show: () => <PeoplePage /> },
  { path: "/new-queue", show: () => <NewQueuePage /> },
  { path: "/people/:name", show: ({ name = "" }) => <QueuePage key={name} name={name} /> },
  { path: "/people/:name/judge", show: ({ name = "" }) => <JudgePage key={name} name={name} /> },
  { path: "/analysis/sessions", show: () => <GroupsPage by="session" /> },
  { path: "/analysis/users", show: () => <GroupsPage by="user" /> },
  { path: "/analysis/errors", show: () => <ErrorsPage /> },
  { path: "/analysis/times", show: () => <TimesPage /> },
  { path: "/analysis/diff", show: () => <DiffPage /> },
  { path: "/traces/:id", show: ({ id = "" }) => <TracePage key={id} id={id} /> },
];
