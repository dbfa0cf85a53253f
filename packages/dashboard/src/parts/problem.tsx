/** What is shown in the place of data: a problem in the server's words, or that there is nothing yet and which command changes that. */
import { type ReactNode, useState } from "react";
import { Button, Input, Label, TextField } from "react-aria-components";
import { KEY_WANTED, ServerProblem, keepKey } from "../api/client.ts";
import { PageTitle } from "./page-title.tsx";

export function Problem({ error }: { readonly error: Error }): ReactNode {
  const isKeyWanted = error instanceof ServerProblem && error.code === KEY_WANTED;
  return (
    <div role="alert" className="problem">
      {isKeyWanted ? (
        <KeyForm />
      ) : (
        error.message.split("\n").map((line) => <p key={line}>{line}</p>)
      )}
    </div>
  );
}

/** In the place of a page that cannot be shown: its heading, and why. */
export const PageProblem = ({
  title,
  error,
}: {
  readonly title: string;
  readonly error: Error;
}): ReactNode => (
  <>
    <div className="page-head">
      <PageTitle>{title}</PageTitle>
    </div>
    <Problem error={error} />
  </>
);

/** Says that the server does not answer, while the page asks it again and again; what is shown is from before. */
export const Lost = ({ isLost }: { readonly isLost: boolean }): ReactNode => (
  <div role="status">
    {isLost && (
      <p className="problem">
        The server does not answer. What is shown is from before; it goes on when the server is
        back.
      </p>
    )}
  </div>
);

/** Asks for the key of the server, which is kept for this tab. */
function KeyForm(): ReactNode {
  const [key, setKey] = useState("");
  return (
    <form
      className="controls"
      onSubmit={(event) => {
        event.preventDefault();
        keepKey(key);
      }}
    >
      <TextField value={key} onChange={setKey} type="password" isRequired>
        <Label>The key of this server (HONE_UI_KEY)</Label>
        <Input autoComplete="off" />
      </TextField>
      <Button type="submit" className="action">
        Show
      </Button>
    </form>
  );
}

interface EmptyProps {
  readonly children: ReactNode;
  /** The command that fills the place. */
  readonly command: string;
}

export function Empty({ children, command }: EmptyProps): ReactNode {
  return (
    <div className="empty">
      <p>{children}</p>
      <code>{command}</code>
    </div>
  );
}
