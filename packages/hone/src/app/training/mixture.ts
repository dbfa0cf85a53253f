/**
 * The words of a mixture with their weights, 1 where none is said; NaN for a weight that is no number.
 * @example mixtureOf("sigmoid=0.8,hinge"); // { sigmoid: 0.8, hinge: 1 }
 */
export const mixtureOf = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    text.split(",").map((part) => {
      const [name = "", weight = "1"] = part.split(/=(.*)/s);
      return [name.trim(), weight.trim() === "" ? Number.NaN : Number(weight)];
    }),
  );
