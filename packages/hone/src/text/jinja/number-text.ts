/** Numbers with a given count of digits, rounded from their exact binary value with ties to the even digit, as Python does. */
import { checkSize } from "./steps.ts";

/** A float's digits with `decimals` of them behind the point, which may be negative: then zeros take the last whole ones. */
export function fixed(value: number, decimals: number): string {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const digits = scaled(Math.abs(value), decimals);
  if (decimals <= 0) return `${sign}${digits === 0n ? "0" : `${digits}${"0".repeat(-decimals)}`}`;
  const text = String(digits).padStart(decimals + 1, "0");
  return `${sign}${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}

/** The integer next to value · 10^decimals. */
function scaled(value: number, decimals: number): bigint {
  checkSize(Math.abs(decimals) * 64);
  // value = mantissa · 2^exponent, exactly
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const power = Number((raw >> 52n) & 0x7ffn);
  const mantissa = (raw & 0xfffffffffffffn) | (power === 0 ? 0n : 1n << 52n);
  const exponent = Math.max(power, 1) - 1075;
  const above =
    mantissa * 10n ** BigInt(Math.max(0, decimals)) * 2n ** BigInt(Math.max(0, exponent));
  const below = 10n ** BigInt(Math.max(0, -decimals)) * 2n ** BigInt(Math.max(0, -exponent));
  const [whole, rest] = [above / below, (above % below) * 2n];
  const isUp = rest > below || (rest === below && whole % 2n === 1n);
  return isUp ? whole + 1n : whole;
}

/** A float in scientific notation with `decimals` digits behind the point: 1.50e+03. */
export function scientific(value: number, decimals: number): string {
  if (value === 0) return `${fixed(value, decimals)}e+00`;
  let power = Math.floor(Math.log10(Math.abs(value)));
  let digits = mantissa(value, power, decimals);
  // The logarithm may be off by one, and rounding may carry: 9.99 becomes 10.0.
  if (digits.length > decimals + 1) digits = mantissa(value, ++power, decimals);
  if (digits.length < decimals + 1) digits = mantissa(value, --power, decimals);
  const sign = value < 0 ? "-" : "";
  const point = decimals > 0 ? `.${digits.slice(1)}` : "";
  const exponent = `${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  return `${sign}${digits[0]}${point}e${exponent}`;
}

const mantissa = (value: number, power: number, decimals: number): string =>
  String(scaled(Math.abs(value), decimals - power));

/** Python's `g`: `precision` significant digits, without trailing zeros, in the shorter notation. */
export function general(value: number, precision: number, keepsZeros = false): string {
  const digits = Math.max(1, precision);
  const exponent = value === 0 ? 0 : Number(scientific(value, digits - 1).split("e")[1]);
  const isFixed = exponent >= -4 && exponent < digits;
  const text = isFixed ? fixed(value, digits - 1 - exponent) : scientific(value, digits - 1);
  if (keepsZeros) return text;
  const [body, power] = text.split("e") as [string, string | undefined];
  const short = body.includes(".") ? body.replace(/\.?0+$/u, "") : body;
  return power === undefined ? short : `${short}e${power}`;
}
