import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TemplateFault, TemplateLimit } from "./jinja/faults.ts";
import { GivenValue, fromJavaScript, pythonValues } from "./jinja/from-json.ts";
import { parseTemplate, runTemplate } from "./jinja.ts";
import { Callable, type Dict } from "./jinja/values.ts";

const golden = readFileSync(
  new URL("../../../../test/golden/text/jinja.json", import.meta.url),
  "utf8",
);

const { rows } = JSON.parse(golden) as {
  readonly rows: readonly (readonly [string, string | null])[];
};
// Read as Python reads JSON, so that 5.0 stays a float.
const variables = (fromJavaScript(pythonValues(golden)) as Dict).get("variables") as Dict;
const given = {
  ...Object.fromEntries(
    variables.entries().map(([name, value]) => [name as string, new GivenValue(value)]),
  ),
  strftime_now: new Callable("strftime_now", () => "2026"),
  raise_exception: new Callable("raise_exception", () => {
    throw new TemplateFault("refused");
  }),
};

describe("a Jinja template", () => {
  it.each(rows)("is rendered as in Python: %s", (source, text) => {
    const render = () => runTemplate(parseTemplate(source), given);
    if (text === null) expect(render).toThrow(TemplateFault);
    else expect(render()).toBe(text);
  });
});

describe("a template that does not come to an end", () => {
  const twice = "{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}";
  const list = `{% set ns = namespace(x=[1]) %}${twice}`;
  it.each([
    "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "{% for a in range(100000) %}{{ range(100000) | list | sort | first }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    `${list}{{ ns.x }}`,
    `${list}{{ ns.x | tojson }}`,
    `${list}{{ ns.x == [ns.x[0], ns.x[1] + [1]] }}`,
    "{{ 'a' * 10 ** 9 }}",
    "{{ [1] * 10 ** 9 }}",
    "{{ 9 ** (9 ** 9) }}",
    "{{ 'a'.center(10 ** 9) }}|{{ 'a'.zfill(10 ** 9) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ 'a' | indent(10 ** 9, true) }}",
    "{{ [1] | batch(10 ** 9, 0) | list | length }}",
    "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='aaaa') %}{% for i in range(60) %}{% set ns.x = ns.x.replace('a', ns.x) %}{% endfor %}",
  ])("is stopped: %s", (source) => {
    expect(() => runTemplate(parseTemplate(source), given, 500_000)).toThrow(TemplateLimit);
  });
});

it("a template may take 20 million steps and no more", () => {
  // A text of a million characters is 31,250 steps, which are soon spent.
  const source = "{% for a in range(100000) %}{% set x = 'a' * 10 ** 6 %}{% endfor %}";
  expect(() => runTemplate(parseTemplate(source), given)).toThrow("20000000 steps");
});

describe("the values of a JSON text", () => {
  it("are those that Python reads: numbers keep their kind and digits, keys their order", () => {
    const text =
      '{"row": 2512292042121000001, "price": 5.0, "tiny": 1e-7, "10": "a", "2": [NaN, true, null, "\\u00e9"]}';
    const render = (source: string) =>
      runTemplate(parseTemplate(source), { v: pythonValues(text) });
    expect(render("{{ v | tojson }}")).toBe(
      '{"row": 2512292042121000001, "price": 5.0, "tiny": 1e-07, "10": "a", "2": [NaN, true, null, "é"]}',
    );
    expect(render("{{ v }}")).toBe(
      "{'row': 2512292042121000001, 'price': 5.0, 'tiny': 1e-07, '10': 'a', '2': [nan, True, None, 'é']}",
    );
  });

  it("are none where the text is not JSON", () => {
    const deep = "[".repeat(100_000);
    for (const text of ["", "{", "[1,]", "{'a': 1}", "01", '"\n"', "1 2", "nul", deep]) {
      expect(pythonValues(text), text.slice(0, 20)).toBeUndefined();
    }
  });
});
