/** What stands above every list and count of traces: where else their conditions lead, saved views, and the set that is made of them. */
import { type ReactNode, useState } from "react";
import {
  Button,
  Dialog,
  DialogTrigger,
  Input,
  Label,
  Popover,
  TextField,
} from "react-aria-components";
import { Link, useLocation, useSearchParams } from "wouter";
import { requestHeaders } from "../api/client.ts";
import { conditionsOf, optionsText, withConditions } from "./conditions.ts";
import { keepViews, readViews, type SavedView, withoutView, withView } from "./saved-views.ts";
import "./analysis.css";

const places = [
  { path: "/traces", label: "List" },
  { path: "/analysis/sessions", label: "Sessions" },
  { path: "/analysis/users", label: "Users" },
  { path: "/analysis/errors", label: "Errors" },
  { path: "/analysis/times", label: "Over time" },
] as const;

export function TraceTools({ store }: { readonly store?: string | undefined }): ReactNode {
  const [parameters] = useSearchParams();
  const [location] = useLocation();
  return (
    <div className="trace-tools">
      <nav aria-label="Views of these traces">
        {places.map(({ path, label }) => (
          <Link
            key={path}
            href={withConditions(path, parameters)}
            aria-current={location === path ? "page" : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      <Views />
      <Export store={store} />
    </div>
  );
}

function Views(): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const [views, setViews] = useState(readViews);
  const [name, setName] = useState("");
  const change = (next: readonly SavedView[]): void => {
    keepViews(next);
    setViews(next);
  };
  return (
    <DialogTrigger>
      <Button className="action">Saved views</Button>
      <Popover>
        <Dialog aria-label="Saved views" className="tool-dialog">
          {({ close }) => (
            <>
              {views.length === 0 && <p className="soft">None is saved in this browser yet.</p>}
              <ul className="views">
                {views.map((view) => (
                  <li key={view.name}>
                    <Button
                      className="action"
                      onPress={() => {
                        setParameters(new URLSearchParams(view.query));
                        close();
                      }}
                    >
                      {view.name}
                    </Button>
                    <Button
                      className="action"
                      aria-label={`Forget ${view.name}`}
                      onPress={() => change(withoutView(views, view.name))}
                    >
                      ✕
                    </Button>
                  </li>
                ))}
              </ul>
              <form
                className="controls"
                onSubmit={(event) => {
                  event.preventDefault();
                  change(withView(views, { name, query: parameters.toString() }));
                  setName("");
                }}
              >
                <TextField value={name} onChange={setName} isRequired>
                  <Label>Name of what is shown</Label>
                  <Input />
                </TextField>
                <Button type="submit" className="action">
                  Save
                </Button>
              </form>
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

/** The forms of files, each with the commands that write and read it. */
const forms = [
  {
    form: "messages",
    label: "Conversations: to train on, or to evaluate with",
    write: "traces export messages.jsonl --format messages",
    use: [
      "npx hone train sft --data messages.jsonl",
      "npx hone eval <model> --data messages.jsonl",
    ],
  },
  {
    form: "tasks",
    label: "Tasks: with a held-out share to evaluate on",
    write: "traces tasks tasks.jsonl",
    use: ["npx hone train grpo --tasks tasks.jsonl"],
  },
  {
    form: "traces",
    label: "Whole traces",
    write: "traces export traces.jsonl",
    use: ["npx hone traces import traces.jsonl --store sqlite:./copy.db"],
  },
] as const;

function Export({ store }: { readonly store: string | undefined }): ReactNode {
  const [parameters] = useSearchParams();
  const [problem, setProblem] = useState<string>();
  const conditions = conditionsOf(parameters);
  return (
    <DialogTrigger>
      <Button className="action">Export</Button>
      <Popover>
        <Dialog aria-label="Export what is shown" className="tool-dialog">
          {forms.map(({ form, label, write, use }) => (
            <section key={form} aria-label={label}>
              <h3>{label}</h3>
              <Button
                className="action"
                onPress={() => {
                  setProblem(undefined);
                  download(withConditions("/api/trace-export", parameters, { form }), form).catch(
                    (error: unknown) => setProblem(String(error)),
                  );
                }}
              >
                Download {form}.jsonl
              </Button>
              <p>
                <code>{`npx hone ${write}${optionsText(conditions, store)}`}</code>
              </p>
              {use.map((command) => (
                <p key={command} className="soft">
                  then <code>{command}</code>
                </p>
              ))}
            </section>
          ))}
          {problem !== undefined && <p role="alert">{problem}</p>}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

/** Fetches a file with the server's key, which a link could not carry, and gives it to the browser. */
async function download(address: string, form: string): Promise<void> {
  const response = await fetch(address, { headers: requestHeaders });
  if (!response.ok) {
    const { error } = (await response.json()) as { readonly error: { readonly message: string } };
    throw new Error(error.message);
  }
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  [link.href, link.download] = [url, `${form}.jsonl`];
  link.click();
  URL.revokeObjectURL(url);
}
