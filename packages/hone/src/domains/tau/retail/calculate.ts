/** Sums in text, such as "2 * (3.5 + 1)", rounded to two digits and written as Python writes a float. */
import { cents, ToolRefusal } from "./retail-lookups.ts";

/** @throws ToolRefusal for a text that is no sum of numbers @example calculated("2 * (3.5 + 1)"); // "9.0" */
export function calculated(expression: string): string {
  if (!/^[\d+\-*/(). ]*$/.test(expression))
    throw new ToolRefusal("Invalid characters in expression");
  const tokens = expression.match(/\d+\.?\d*|\.\d+|[-+*/()]/g) ?? [];
  let at = 0;
  const fault = (): ToolRefusal => new ToolRefusal("Invalid expression");

  const factor = (): number => {
    const token = tokens[at++];
    if (token === "-") return -factor();
    if (token === "+") return factor();
    if (token === "(") {
      const value = sum();
      if (tokens[at++] !== ")") throw fault();
      return value;
    }
    const value = token === undefined ? Number.NaN : Number(token);
    if (Number.isNaN(value)) throw fault();
    return value;
  };
  const product = (): number => {
    let value = factor();
    for (let sign = tokens[at]; sign === "*" || sign === "/"; sign = tokens[at]) {
      at++;
      value = sign === "*" ? value * factor() : value / factor();
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    for (let sign = tokens[at]; sign === "+" || sign === "-"; sign = tokens[at]) {
      at++;
      value += sign === "+" ? product() : -product();
    }
    return value;
  };

  const value = sum();
  if (at < tokens.length || !Number.isFinite(value)) throw fault();
  const rounded = cents(value);
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
}
