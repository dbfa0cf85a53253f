/**
 * Small libraries whose copies get bugs. Their sources are templates (`template.ts`): «right¦wrong¦wrong» is a place for a bug, and $x a
 * name that differs from copy to copy. Every wrong text fails a test that the agent sees and a hidden one; a test runs them all.
 */
import type { Library } from "./template.ts";
import { twoFileLibraries } from "./two-file-libraries.ts";

const range: Library = {
  name: "range",
  names: { x: ["x", "value", "n"], low: ["low", "least", "from"], high: ["high", "most", "to"] },
  sources: {
    "src/range.js": [
      "exports.clamp = ($x, $low, $high) => {",
      "  if ($x «<¦>» $low) return «$low¦$high»;",
      "  return $x «>¦<» $high ? «$high¦$low» : $x;",
      "};",
      "exports.inside = ($x, $low, $high) => $x «>=¦>» $low «&&¦||» $x «<=¦<» $high;",
    ],
  },
  tests: {
    "clamp raises": ["clamp(1, 2, 5)", "2", "clamp(-9, 0, 4)", "0"],
    "clamp lowers": ["clamp(9, 2, 5)", "5", "clamp(70, 0, 4)", "4"],
    "clamp keeps": ["clamp(3, 2, 5)", "3", "clamp(1, 0, 4)", "1"],
    "inside takes its ends": [
      ...["[inside(2, 2, 5), inside(5, 2, 5)]", "[true, true]"],
      ...["[inside(0, 0, 4), inside(4, 0, 4)]", "[true, true]"],
    ],
    "inside refuses others": [
      ...["[inside(1, 2, 5), inside(6, 2, 5)]", "[false, false]"],
      ...["[inside(-1, 0, 4), inside(5, 0, 4)]", "[false, false]"],
    ],
  },
};

const list: Library = {
  name: "list",
  names: { xs: ["xs", "items", "values"], a: ["a", "so", "left"], b: ["b", "x", "right"] },
  sources: {
    "src/list.js": [
      "exports.sum = ($xs) => $xs.reduce(($a, $b) => $a «+¦-¦*» $b, «0¦1»);",
      "exports.mean = ($xs) => exports.sum($xs) «/¦*» $xs.length;",
      "exports.largest = ($xs) => $xs.reduce(($a, $b) => ($a «>¦<» $b ? $a : $b));",
      "exports.last = ($xs) => $xs[$xs.length - «1¦2¦0»];",
      "exports.without = ($xs, $b) => $xs.filter(($a) => $a «!==¦===» $b);",
    ],
  },
  tests: {
    sum: ["sum([2, 3, 4])", "9", "sum([5, 1, 7])", "13"],
    mean: ["mean([2, 4])", "3", "mean([1, 2, 9])", "4"],
    largest: ["largest([3, 8, 5])", "8", "largest([-4, -2, -7])", "-2"],
    last: ["last([1, 2, 3])", "3", "last([6, 4])", "4"],
    without: ["without([1, 2, 1], 1)", "[2]", "without([5, 6, 7], 6)", "[5, 7]"],
  },
};

const text: Library = {
  name: "text",
  names: { s: ["s", "text", "line"], n: ["n", "size", "most"], w: ["w", "word", "one"] },
  sources: {
    "src/text.js": [
      "exports.capital = ($s) => $s.slice(0, «1¦2») . toUpperCase() + $s.slice(«1¦2¦0»);",
      "exports.shorten = ($s, $n) => ($s.length «>¦<» $n ? $s.slice(0, «$n¦1») + `...` : $s);",
      "exports.times = ($s, $w) => $s.split(` `).filter((each) => each «===¦!==» $w).length;",
      "exports.reversed = ($s) => [...$s].«reverse¦sort»().join(``);",
      "exports.isEmpty = ($s) => $s.trim().length «===¦>» 0;",
    ],
  },
  tests: {
    capital: ["capital(`hello`)", "`Hello`", "capital(`tree`)", "`Tree`"],
    "shorten cuts": ["shorten(`banana`, 3)", "`ban...`", "shorten(`orange`, 4)", "`oran...`"],
    "shorten keeps": ["shorten(`fig`, 5)", "`fig`", "shorten(`a b`, 9)", "`a b`"],
    times: ["times(`a b a c d`, `a`)", "2", "times(`go on go on go`, `go`)", "3"],
    reversed: ["reversed(`abd`)", "`dba`", "reversed(`cat`)", "`tac`"],
    isEmpty: [
      "[isEmpty(` `), isEmpty(`x`)]",
      "[true, false]",
      "[isEmpty(``), isEmpty(`a b`)]",
      "[true, false]",
    ],
  },
};

const time: Library = {
  name: "time",
  names: { s: ["s", "seconds", "all"], y: ["y", "year", "one"], m: ["m", "part", "unit"] },
  sources: {
    "src/time.js": [
      "exports.minutes = ($s) => Math.floor($s / «60¦100¦24»);",
      "exports.rest = ($s) => $s «%¦/» 60;",
      "exports.padded = ($m) => String($m).padStart(«2¦1¦3», `0`);",
      "exports.clock = ($s) => `${exports.minutes($s)}:${exports.padded(exports.«rest¦minutes»($s))}`;",
      "exports.isLeap = ($y) => $y % 4 «===¦!==» 0 «&&¦||» ($y % 100 !== 0 «||¦&&» $y % 400 === 0);",
    ],
  },
  tests: {
    minutes: ["minutes(130)", "2", "minutes(605)", "10"],
    rest: ["rest(130)", "10", "rest(605)", "5"],
    padded: ["padded(7)", "`07`", "padded(3)", "`03`"],
    clock: ["clock(130)", "`2:10`", "clock(605)", "`10:05`"],
    isLeap: [
      ...["[isLeap(2024), isLeap(2023), isLeap(1900), isLeap(2000)]", "[true, false, false, true]"],
      ...["[isLeap(1996), isLeap(2001), isLeap(2100), isLeap(2400)]", "[true, false, false, true]"],
    ],
  },
};

const stack: Library = {
  name: "stack",
  names: { items: ["items", "kept", "list"], x: ["x", "item", "one"] },
  sources: {
    "src/stack.js": [
      "exports.makeStack = () => {",
      "  const $items = [];",
      "  return {",
      "    push: ($x) => $items.«push¦unshift»($x),",
      "    pop: () => $items.«pop¦shift»(),",
      "    peek: () => $items[$items.length - «1¦2»],",
      "    count: ($x) => $items.filter((each) => each «===¦!==» $x).length,",
      "    has: ($x) => $items.indexOf($x) «>=¦>» 0,",
      "  };",
      "};",
      "exports.filled = ($items) => {",
      "  const made = exports.makeStack();",
      "  for (const $x of $items) made.«push¦pop»($x);",
      "  return made;",
      "};",
    ],
  },
  tests: {
    pop: ["filled([1, 2, 3]).pop()", "3", "filled([7, 8]).pop()", "8"],
    peek: ["filled([1, 2, 3]).peek()", "3", "filled([7, 8]).peek()", "8"],
    count: ["filled([1, 2, 1]).count(1)", "2", "filled([7, 8, 7, 7]).count(7)", "3"],
    has: [
      ...["[filled([1, 2]).has(1), filled([1, 2]).has(9)]", "[true, false]"],
      ...["[filled([4, 5]).has(4), filled([4]).has(5)]", "[true, false]"],
    ],
  },
};

/** All libraries: those of one file, then those of two. */
export const libraries: readonly Library[] = [range, list, text, time, stack, ...twoFileLibraries];
