const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

const two = (n: number): string => String(n).padStart(2, "0");

const fields: Readonly<Record<string, (date: Date) => string>> = {
  Y: (d) => String(d.getFullYear()),
  y: (d) => two(d.getFullYear() % 100),
  m: (d) => two(d.getMonth() + 1),
  d: (d) => two(d.getDate()),
  e: (d) => String(d.getDate()).padStart(2),
  b: (d) => MONTHS[d.getMonth()]!.slice(0, 3),
  B: (d) => MONTHS[d.getMonth()]!,
  a: (d) => DAYS[d.getDay()]!.slice(0, 3),
  A: (d) => DAYS[d.getDay()]!,
  H: (d) => two(d.getHours()),
  I: (d) => two(d.getHours() % 12 || 12),
  p: (d) => (d.getHours() < 12 ? "AM" : "PM"),
  M: (d) => two(d.getMinutes()),
  S: (d) => two(d.getSeconds()),
  "%": () => "%",
};

/**
 * Local time in the notation of C's strftime, in English: "%d %b %Y" → "05 Jan 2026"; "%-d" leaves out the leading zero.
 * @throws Error on a field outside Y y m d e b B a A H I p M S %
 */
export function formatTime(date: Date, format: string): string {
  return format.replace(/%(-?)(.)/gu, (whole, dash: string, name: string) => {
    const field = fields[name];
    if (field === undefined) throw new Error(`strftime_now does not know ${whole}`);
    return dash === "" ? field(date) : field(date).replace(/^[0 ](?=.)/u, "");
  });
}
