/** The worker's side of the table: which object's method a call runs, and when. */
import type { CallContext, Handler } from "./call-messages.ts";
import {
  type EngineObjects,
  engineMethods,
  type MethodRow,
  type ObjectKind,
} from "./engine-methods.ts";
import type { CallArgument } from "./remote-object.ts";
import type { Turns } from "./turns.ts";

/** The object of a kind with an id. @throws ENGINE_CLOSED when it was closed */
export type FindObject = <Kind extends ObjectKind>(kind: Kind, id: string) => EngineObjects[Kind];

/** A handler for every row of the table, by "kind.method". */
export function objectHandlers(find: FindObject, turns: Turns): Readonly<Record<string, Handler>> {
  const kinds = Object.keys(engineMethods) as ObjectKind[];
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const rows: Readonly<Record<string, MethodRow>> = engineMethods[kind];
      return Object.entries(rows).map(([name, row]) => {
        const handler = ({ object, args }: CallArgument, context: CallContext): unknown => {
          const target = find(kind, object);
          const run = (): unknown => answer(target, name, { row, args, context });
          return row.isInTurn === true ? turns.run(target, run) : run();
        };
        return [`${kind}.${name}`, handler];
      });
    }),
  );
}

function answer(
  target: EngineObjects[ObjectKind],
  name: string,
  {
    row,
    args,
    context,
  }: { readonly row: MethodRow; readonly args: readonly unknown[]; readonly context: CallContext },
): unknown {
  const given: unknown[] = [...args];
  if (row.signal !== undefined) given[row.signal] = context.signal;
  if (row.callback !== undefined) given[row.callback] = context.chunk;
  const result: unknown = Reflect.apply(methodOf(target, name), target, given);
  return row.isStream === true ? sendAll(result as AsyncIterable<unknown>, context) : result;
}

/** A method by its name; that it is there is the table's promise. */
function methodOf(target: EngineObjects[ObjectKind], name: string): (...args: never) => unknown {
  return target[name as keyof typeof target];
}

async function sendAll(values: AsyncIterable<unknown>, { chunk }: CallContext): Promise<void> {
  for await (const value of values) chunk(value);
}
