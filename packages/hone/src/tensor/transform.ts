/** Rebuilding a program call by call, inputs first: what expansions and fusions are made of. */
import { bodyCalls, captured } from "./ops/control.ts";
import { makeCall, program, type Body, type Call, type Program, type Tensor } from "./program.ts";

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
    if (call.op === "Loop")
      (call.attributes.body as Body).parameters.forEach((tensor) => renewed.set(tensor, tensor));
    const attributes =
      call.op === "Loop"
        ? { ...call.attributes, body: visitBody(call.attributes.body as Body) }
        : call.attributes;
    const inputs = call.inputs.map((tensor) => (tensor === undefined ? undefined : renew(tensor)));
    const isOnlyReaderOf = (index: number): boolean => readers.get(call.inputs[index]!) === 1;
    const made = rule({ call, inputs, isOnlyReaderOf }) ?? again(call, inputs, attributes);
    call.outputs.forEach((tensor, i) => renewed.set(tensor, made[i]!));
  };
  const visitBody = (body: Body): Body => {
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

function again(
  call: Call,
  inputs: readonly (Tensor | undefined)[],
  attributes: Call["attributes"],
): readonly Tensor[] {
  const isSame =
    inputs.every((tensor, i) => tensor === call.inputs[i]) &&
    attributes.body === call.attributes.body;
  if (isSame) return call.outputs;
  const own =
    call.op === "Loop"
      ? [
          ...inputs.slice(0, 2 + (attributes.stateCount as number)),
          ...captured(attributes.body as Body),
        ]
      : inputs;
  return makeCall(call.op, own, attributes, call.outputs).outputs;
}

function countReaders(source: Program): Map<Tensor, number> {
  const counts = new Map<Tensor, number>();
  const count = (tensor: Tensor | undefined): void => {
    if (tensor !== undefined) counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  };
  const visit = (call: Call): void => {
    call.inputs.forEach(count);
    if (call.op !== "Loop") return;
    const body = call.attributes.body as Body;
    body.results.forEach(count);
    bodyCalls(body).forEach(visit);
  };
  source.calls.forEach(visit);
  Object.values(source.outputs).forEach(count);
  return counts;
}
