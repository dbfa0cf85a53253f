/** The state of a run, in words and colour. */
import type { ReactNode } from "react";
import type { Schemas } from "../api/client.ts";

export const RunState = ({ status }: { readonly status: Schemas["Run"]["status"] }): ReactNode => (
  <span className={`state ${status}`}>{status}</span>
);
