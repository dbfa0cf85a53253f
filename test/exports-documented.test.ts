/**
 * Hover is the manual: every export of every entrance has a doc comment with at least one sentence on its declaration, and
 * so has every field and method of an exported interface, class or object type. The header of a file, which no editor
 * shows on hover, does not count, and neither does a comment of tags alone.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  API,
  type Checker,
  type Project,
  type Symbol as TypeSymbol,
  SymbolFlags,
  type Type,
} from "typescript/unstable/sync";
import { isClassDeclaration } from "typescript/unstable/ast/is";
import { afterAll, expect, it } from "vitest";

const folder = join(import.meta.dirname, "../packages/hone");
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
  exports: Record<string, string | { source: string }>;
};
const entrances = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === "string" ? [] : [{ path, source: join(folder, target.source) }],
);

const api = new API({ cwd: folder });
const config = join(folder, "tsconfig.build.json");
const project: Project = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
const checker: Checker = project.checker;
afterAll(() => api.close());

/** Kinds of exports that have fields. */
const withFields = SymbolFlags.Interface | SymbolFlags.Class | SymbolFlags.TypeAlias;

const isDocumented = (symbol: TypeSymbol): boolean =>
  checker.getDocumentationCommentOfSymbol(symbol).trim() !== "";

/** True where the declaration is ours: fields of `Error`, of an array or of a dependency's type are not. */
const isOurs = (symbol: TypeSymbol): boolean =>
  symbol.declarations.some(({ path }) => path.startsWith(join(folder, "src")));

function exportsOf(
  source: string,
): readonly { readonly name: string; readonly symbol: TypeSymbol }[] {
  const file = project.program.getSourceFile(source)!;
  const module = checker.getSymbolAtLocation(file);
  const exported = module === undefined ? [] : checker.getExportsOfModule(module);
  return exported.map((symbol) => ({
    name: symbol.name,
    symbol: symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  }));
}

/** The type's fields and methods, of every member of a union, without private ones and those named by a symbol. */
function fieldsOf(type: Type): readonly TypeSymbol[] {
  const parts = type.isUnionType() ? type.getTypes() : [type];
  const fields = parts.flatMap((part) =>
    checker
      .getPropertiesOfType(part)
      .filter((field) => isOurs(field) && !/^__[#@]/.test(field.name)),
  );
  return [...new Set(fields)];
}

/** True for `kind: "rating"`: its only value says what it is. */
const isTag = (field: TypeSymbol): boolean =>
  checker.getTypeOfSymbol(field)?.isStringLiteralType() ?? false;

/** The interfaces that a class implements, whose comments editors show for its methods. */
function implemented(symbol: TypeSymbol): readonly Type[] {
  const node = symbol.valueDeclaration?.resolve(project);
  if (node === undefined || !isClassDeclaration(node)) return [];
  const types = (node.heritageClauses ?? []).flatMap((clause) => [...clause.types]);
  return types.flatMap((heritage) => checker.getTypeAtLocation(heritage) ?? []);
}

function undocumentedFields(name: string, symbol: TypeSymbol): readonly string[] {
  if (!(symbol.flags & withFields)) return [];
  const bases = symbol.flags & SymbolFlags.Class ? implemented(symbol) : [];
  const isInherited = (field: TypeSymbol): boolean =>
    bases.some((base) => {
      const same = checker.getPropertyOfType(base, field.name);
      return same !== undefined && isDocumented(same);
    });
  return fieldsOf(checker.getDeclaredTypeOfSymbol(symbol))
    .filter((field) => !isDocumented(field) && !isTag(field) && !isInherited(field))
    .map((field) => `${name}.${field.name}`);
}

it.each(entrances)("$path: every export and every field of it says what it is", ({ source }) => {
  const missing = exportsOf(source).flatMap(({ name, symbol }) => [
    ...(isDocumented(symbol) ? [] : [name]),
    ...undocumentedFields(name, symbol),
  ]);
  expect(missing).toEqual([]);
});
