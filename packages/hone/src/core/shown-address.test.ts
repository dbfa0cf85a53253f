import { describe, expect, it } from "vitest";
import { shownAddress, shownAddresses } from "./shown-address.ts";

describe("the address of a store", () => {
  it.each([
    ["postgres://ada:pw@db.example:5432/traces", "postgres://ada@db.example:5432/traces"],
    ["postgres://ada:@db/traces", "postgres://ada@db/traces"],
    ["postgresql://:pw@db/traces", "postgresql://db/traces"],
    ["POSTGRES://ada:pw@db/traces", "postgres://ada@db/traces"],
    ["postgres://ada:p%40w@db/t?sslmode=require", "postgres://ada@db/t?sslmode=require"],
    [
      "postgres://db/t?user=ada&password=pw&sslmode=require",
      "postgres://db/t?user=ada&sslmode=require",
    ],
    ["postgres://ada:p w@db/t", "postgres://ada@db/t"],
    ["postgres:ada:pw@db/t", "postgres://…@db/t"],
    ["https://ada:pw@traces.example/a", "https://traces.example/a"],
    ["https://pw@traces.example/a", "https://traces.example/a"],
    ["http://ada:p/w@traces.example", "http://…@traces.example"],
  ])("%s is shown without its password", (address, shown) => {
    expect(shownAddress(address)).toBe(shown);
  });

  it.each(["p/w", "5/pw", "5#pw", "5?pw", "p@w:", "#pw", "a@5/pw"])(
    "shows nothing of a password that was not percent-encoded (%s)",
    (password) => {
      const shown = shownAddress(`postgres://ada:${password}@db.example/traces`);
      expect(shown).not.toMatch(/pw|p\/w|@w/);
      expect(shown).toMatch(/@db\.example\/traces$/);
    },
  );

  it.each([
    "sqlite:./a:b@c.db",
    "files:./rl_data",
    "memory:",
    "https://traces.example:4319/below",
    "postgres://ada@DB/traces",
    "postgres://db/traces?user=ada@example",
  ])("stays as it is without one (%s)", (address) => {
    expect(shownAddress(address)).toBe(address);
  });

  it("loses its password within a message, too", () => {
    const text = 'too many: "postgres://ada:pw@db/traces", postgres://b:pw@db/x.';
    expect(shownAddresses(text)).toBe('too many: "postgres://ada@db/traces", postgres://b@db/x.');
    expect(shownAddresses("at postgres:ada:pw@db/t")).toBe("at postgres://…@db/t");
  });
});
