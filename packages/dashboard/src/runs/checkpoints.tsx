/** The checkpoints of a run, with the commands that use them. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { pageSession, type Schemas } from "../api/client.ts";
import { chatCommand, chatHref } from "../chat/chat-api.ts";
import { CopiedCommand } from "../parts/copied-command.tsx";
import { FactsTable } from "../parts/facts-table.tsx";

export function Checkpoints({ run }: { readonly run: Schemas["RunDetails"] }): ReactNode {
  const { checkpoints, folder } = run;
  const { data: session } = useQuery({ queryKey: ["session"], queryFn: pageSession });
  if (checkpoints.length === 0) return undefined;
  return (
    <section aria-label="Checkpoints">
      <h2>Checkpoints</h2>
      <FactsTable label="Checkpoints by step">
        <thead>
          <tr>
            <th scope="col">checkpoint</th>
            <th scope="col" className="number">
              step
            </th>
            <th scope="col">chat with it</th>
            <th scope="col">serve it</th>
          </tr>
        </thead>
        <tbody>
          {checkpoints.map(({ name, step }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number">{step}</td>
              <td>
                {session?.allowsChat === true && (
                  <Link href={chatHref(run.name, name)} aria-label={`Chat here with ${name}`}>
                    Chat here
                  </Link>
                )}
                <CopiedCommand does={`chats with ${name}`} command={chatCommand(folder, name)} />
              </td>
              <td>
                <CopiedCommand
                  does={`serves ${name}`}
                  command={`npx hone serve ${folder} --checkpoint ${name}`}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </FactsTable>
    </section>
  );
}
