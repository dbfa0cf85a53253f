/** Rebuilding a program call by call, inputs first: what expansions and fusions are made of. */
import { bodyCalls, captured } from "./ops/control.ts";
import { makeCall, type Body, type Call, type Tensor } from "./call.ts";
import { program, type Program } from "./program.ts";

/** What a rule sees of one call. */
export interface Site {
  readonly call: Call;
  /** The call's inputs as they are after rebuilding. */
  readonly inputs: readonly (Tensor | undefined)[];
  /** Whether nothing but this call reads the call's original input. */
  readonly isOnlyReaderOf: (index: number) => boolean;
}

/** New outputs for a call, or undefined to leave it as it is. */
export type Rule = (site: Site) => readonly Tensor[] | undefined;

/** The program with a rule applied at every call, loop bodies included. Calls that nothing changes stay the same objects. */
export function transform(source: Program, rule: Rule): Program {
  const readers = countReaders(source);
  const renewed = new Map<Tensor, Tensor>();
  const renew = (tensor: Tensor): Tensor => renewed.get(tensor) ?? tensor;

  const visit = (call: Call): void => {
    const body = call.op === "Loop" ? visitBody(call.attributes.body) : undefined;
    const inputs = call.inputs.map((tensor) => (tensor === undefined ? undefined : renew(tensor)));
    const isOnlyReaderOf = (index: number): boolean => readers.get(call.inputs[index]!) === 1;
    const made = rule({ call, inputs, isOnlyReaderOf }) ?? again(call, inputs, body);
    call.outputs.forEach((tensor, i) => renewed.set(tensor, made[i]!));
  };
  const visitBody = (body: Body): Body => {
    body.parameters.forEach((tensor) => renewed.set(tensor, tensor));
    bodyCalls(body).forEach(visit);
    const results = body.results.map(renew);
    return results.every((result, i) => result === body.results[i])
      ? body
      : Object.freeze({ ...body, results });
  };
  source.calls.forEach(visit);
  return program(
    source.name,
    Object.fromEntries(Object.entries(source.outputs).map(([key, tensor]) => [key, renew(tensor)])),
  );
}

/** The call with other inputs, and where it is a loop with another body; the same call where nothing is new. */
function again(
  call: Call,
  inputs: readonly (Tensor | undefined)[],
  body: Body | undefined,
): readonly Tensor[] {
  const areInputsSame = inputs.every((tensor, i) => tensor === call.inputs[i]);
  if (call.op !== "Loop" || body === undefined) {
    if (areInputsSame) return call.outputs;
    return makeCall(call.op, inputs, call.attributes, call.outputs).outputs;
  }
  const { attributes } = call;
  if (areInputsSame && body === attributes.body) return call.outputs;
  const own = [...inputs.slice(0, 2 + attributes.stateCount), ...captured(body)];
  return makeCall("Loop", own, { ...attributes, body }, call.outputs).outputs;
}

function countReaders(source: Program): Map<Tensor, number> {
  const counts = new Map<Tensor, number>();
  const count = (tensor: Tensor | undefined): void => {
    if (tensor !== undefined) counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  };
  const visit = (call: Call): void => {
    call.inputs.forEach(count);
    if (call.op !== "Loop") return;
    const { body } = call.attributes;
    body.results.forEach(count);
    bodyCalls(body).forEach(visit);
  };
  source.calls.forEach(visit);
  Object.values(source.outputs).forEach(count);
  return counts;
}
