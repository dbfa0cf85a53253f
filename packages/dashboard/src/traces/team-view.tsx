/** A team at work as a table of lanes: a row for each member, a column for each round; each step leads to its span. */
import type { ReactNode } from "react";
import { Link, useSearchParams } from "wouter";
import { FactsTable } from "../parts/facts-table.tsx";
import { numberText } from "../parts/text.ts";
import type { TeamStep, TeamWork } from "./team-rounds.ts";

interface TeamViewProps {
  readonly team: TeamWork;
  readonly rewards: ReadonlyMap<string, number>;
}

export const TeamView = ({ team, rewards }: TeamViewProps): ReactNode => (
  <section aria-label="Team" className="team">
    <h2>Team</h2>
    <FactsTable label="What members did, by round">
      <thead>
        <tr>
          <th scope="col">member</th>
          {team.rounds.map(({ name }) => (
            <th key={name} scope="col">{`round ${name}`}</th>
          ))}
          {rewards.size > 0 && <th scope="col">reward</th>}
        </tr>
      </thead>
      <tbody>
        {team.members.map((member) => (
          <tr key={member}>
            <th scope="row">
              {member}
              {team.winner === member && <span className="winner"> ★ won</span>}
            </th>
            {team.rounds.map(({ name, byMember }) => (
              <td key={name}>
                <Steps steps={byMember.get(member) ?? []} />
              </td>
            ))}
            {rewards.size > 0 && (
              <td className="number">
                {rewards.has(member) ? numberText(rewards.get(member)!) : "–"}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </FactsTable>
    {team.together.length > 0 && (
      <>
        <h3>The whole team</h3>
        <Steps steps={team.together} />
      </>
    )}
  </section>
);

/** Signs of events, beside their names. */
const signs: Readonly<Record<string, string>> = {
  new_answer: "✎",
  vote: "✓",
  answer_refused: "✗",
  vote_refused: "✗",
  restart: "↺",
  consensus: "★",
};

function Steps({ steps }: { readonly steps: readonly TeamStep[] }): ReactNode {
  const [parameters] = useSearchParams();
  const addressOf = (span: string): string => {
    const query = new URLSearchParams(parameters);
    query.set("span", span);
    return `?${query.toString()}`;
  };
  return (
    <ul className="team-steps">
      {steps.map(({ spanId, event, says, hasFailed }) => (
        <li key={spanId} className={hasFailed ? "failed" : event}>
          <Link href={addressOf(spanId)}>
            {`${signs[event] ?? "·"} ${event.replaceAll("_", " ")}${hasFailed ? ", failed" : ""}`}
          </Link>
          {says !== "" && <span className="says"> {shortText(says)}</span>}
        </li>
      ))}
    </ul>
  );
}

const MAX_LENGTH = 160;

/** What stands beside a step; the whole text is in its span. */
const shortText = (text: string): string =>
  text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)} …`;
