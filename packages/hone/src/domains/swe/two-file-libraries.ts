/** Libraries of two files, of which the second uses the first. */
import type { Library } from "./template.ts";

const cart: Library = {
  name: "cart",
  names: { p: ["p", "price", "sum"], all: ["all", "items", "lines"] },
  sources: {
    "src/price.js": [
      "exports.cents = ($p) => Math.«round¦floor» ($p * 100);",
      "exports.less = ($p, share) => $p «-¦+» $p * share;",
      "exports.plus = ($p, share) => $p «+¦-» $p * share;",
    ],
    "src/cart.js": [
      "const { cents, less } = require(`./price.js`);",
      "exports.total = ($all) => $all.reduce((so, [$p, count]) => so «+¦-» $p «*¦+» count, 0);",
      "exports.shipping = ($p) => ($p «>=¦>» 50 ? «0¦5» : 4);",
      "exports.toPay = ($all, share) => «cents¦Number»(less(exports.total($all), share));",
    ],
  },
  tests: {
    cents: ["cents(1.238)", "124", "cents(0.999)", "100"],
    plus: ["plus(10, 0.2)", "12", "plus(4, 0.5)", "6"],
    total: ["total([[2, 3], [5, 1]])", "11", "total([[4, 2], [1, 7]])", "15"],
    shipping: ["[shipping(50), shipping(10)]", "[0, 4]", "[shipping(50), shipping(49)]", "[0, 4]"],
    toPay: ["toPay([[10, 2]], 0.1)", "1800", "toPay([[4, 5]], 0.25)", "1500"],
  },
};

const words: Library = {
  name: "words",
  names: { s: ["s", "text", "line"], w: ["w", "word", "one"] },
  sources: {
    "src/split.js": [
      "exports.split = ($s) => $s.«toLowerCase¦toUpperCase»().split(` `).filter(($w) => $w «!==¦===» ``);",
      "exports.longer = ($s, size) => exports.split($s).filter(($w) => $w.length «>¦<» size);",
    ],
    "src/count.js": [
      "const { split } = require(`./split.js`);",
      "exports.count = ($s, $w) => split($s).filter((other) => other «===¦!==» $w).length;",
      "exports.longest = ($s) => split($s).reduce((so, $w) => ($w.length «>¦<» so.length ? $w : so));",
      "exports.distinct = ($s) => new «Set¦Array»(...[split($s)]).«size¦length»;",
    ],
  },
  tests: {
    split: ["split(`To  be`)", "[`to`, `be`]", "split(` Or NOT`)", "[`or`, `not`]"],
    longer: ["longer(`a bcd ef`, 2)", "[`bcd`]", "longer(`one to three`, 3)", "[`three`]"],
    count: ["count(`To be to`, `to`)", "2", "count(`go Go no`, `go`)", "2"],
    longest: ["longest(`a bcd ef`)", "`bcd`", "longest(`one to three`)", "`three`"],
    distinct: ["distinct(`a b a`)", "2", "distinct(`x y Z z`)", "3"],
  },
};

const grid: Library = {
  name: "grid",
  names: { x: ["x", "column", "i"], y: ["y", "row", "j"], w: ["w", "width", "size"] },
  sources: {
    "src/cell.js": [
      "exports.place = ($x, $y, $w) => $y «*¦+» $w «+¦-» $x;",
      "exports.inside = ($x, $y, $w) => Math.«min¦max»($x, $y) >= 0 «&&¦||» Math.«max¦min»($x, $y) «<¦<=» $w;",
    ],
    "src/near.js": [
      "const { inside } = require(`./cell.js`);",
      "const steps = [[1, 0], [0, 1]];",
      "exports.near = ($x, $y, $w) => steps.filter(([a, b]) => inside($x «+¦-» a, $y «+¦-» b, $w)).length;",
      "exports.far = ([$x, $y], [a, b]) => Math.abs($x «-¦+» a) «+¦-» Math.abs($y «-¦+» b);",
    ],
  },
  tests: {
    place: ["place(2, 1, 5)", "7", "place(3, 2, 4)", "11"],
    inside: [
      ...["[inside(0, 2, 3), inside(-1, 2, 3), inside(1, 3, 3)]", "[true, false, false]"],
      ...["[inside(4, 0, 5), inside(2, -1, 5), inside(5, 1, 5)]", "[true, false, false]"],
    ],
    "near the start": ["near(0, 0, 3)", "2", "near(0, 0, 5)", "2"],
    "near a side": [
      "[near(2, 1, 3), near(1, 2, 3)]",
      "[1, 1]",
      "[near(4, 2, 5), near(3, 4, 5)]",
      "[1, 1]",
    ],
    far: ["far([1, 5], [4, 3])", "5", "far([2, 2], [1, 7])", "6"],
  },
};

const bank: Library = {
  name: "bank",
  names: { a: ["a", "account", "from"], n: ["n", "amount", "sum"] },
  sources: {
    "src/account.js": [
      "exports.open = ($n) => ({ balance: $n, moves: «0¦1» });",
      "exports.add = ($a, $n) => ({ balance: $a.balance «+¦-» $n, moves: $a.moves «+¦-» 1 });",
      "exports.canPay = ($a, $n) => $n «>¦<» 0 «&&¦||» $a.balance «>=¦>» $n;",
    ],
    "src/pay.js": [
      "const { add, canPay } = require(`./account.js`);",
      "exports.pay = ($a, to, $n) => {",
      "  if («!¦»canPay($a, $n)) return [$a, to];",
      "  return [add($a, «-¦+»$n), add(to, «+¦-»$n)];",
      "};",
    ],
  },
  tests: {
    open: ["open(5)", "{ balance: 5, moves: 0 }", "open(8)", "{ balance: 8, moves: 0 }"],
    add: [
      "add(open(5), 3)",
      "{ balance: 8, moves: 1 }",
      "add(open(1), 6)",
      "{ balance: 7, moves: 1 }",
    ],
    canPay: [
      ...["[canPay(open(5), 5), canPay(open(5), 6), canPay(open(5), -1)]", "[true, false, false]"],
      ...["[canPay(open(9), 9), canPay(open(2), 3), canPay(open(2), -3)]", "[true, false, false]"],
    ],
    pay: [
      ...["pay(open(5), open(1), 2).map((one) => one.balance)", "[3, 3]"],
      ...["pay(open(9), open(0), 4).map((one) => one.balance)", "[5, 4]"],
    ],
    "pay refuses": [
      ...["pay(open(1), open(1), 2).map((one) => one.balance)", "[1, 1]"],
      ...["pay(open(3), open(0), 4).map((one) => one.balance)", "[3, 0]"],
    ],
  },
};

export const twoFileLibraries: readonly Library[] = [cart, words, grid, bank];
