/** The name of the action that stands for a reply that names none. No environment knows it, so it costs what unknown actions cost. */
export const UNREADABLE_ACTION = "malformed";
