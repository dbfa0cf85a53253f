import { describe, expect, it } from "vitest";
import { klDerivative, klEstimate, klMetrics, klWeights } from "./kl.ts";

describe("KL estimates", () => {
  it("have the values of their formulas at a drift of half a nat", () => {
    expect(klEstimate("k1", -1, -1.5)).toBe(0.5);
    expect(klEstimate("k2", -1, -1.5)).toBe(0.125);
    expect(klEstimate("k3", -1, -1.5)).toBeCloseTo(Math.exp(-0.5) + 0.5 - 1, 12);
  });

  it("k1 and k3 have the KL as their expectation", () => {
    const p = [0.5, 0.3, 0.2];
    const q = [0.2, 0.2, 0.6];
    const kl = p.reduce((sum, x, i) => sum + x * Math.log(x / q[i]!), 0);
    for (const name of ["k1", "k3"] as const) {
      const mean = p.reduce(
        (sum, x, i) => sum + x * klEstimate(name, Math.log(x), Math.log(q[i]!)),
        0,
      );
      expect(mean).toBeCloseTo(kl, 12);
    }
  });

  it("have derivatives that agree with differences", () => {
    for (const name of ["k1", "k2", "k3"] as const) {
      const slope = (klEstimate(name, -0.7 + 1e-6, -2) - klEstimate(name, -0.7 - 1e-6, -2)) / 2e-6;
      expect(klDerivative(name, -0.7, -2)).toBeCloseTo(slope, 6);
    }
  });

  it("become weights of cross-entropy with the sign turned, 0 where masked", () => {
    const got = klWeights("k2", [-1, -1], [-1.5, -3], [1, 0], 0.1);
    expect([...got]).toEqual([Math.fround(-0.05), 0]);
  });

  it("are reported as means of two estimates, 0 without a token", () => {
    const kl = klMetrics("kl");
    expect(kl.means()).toEqual({ kl: 0, kl_k1: 0 });
    kl.add(-1, -1.5);
    kl.add(-1, -0.5);
    expect(kl.means()["kl"]).toBeCloseTo(Math.cosh(0.5) - 1, 12);
    expect(kl.means()["kl_k1"]).toBe(0);
  });
});
