import { DuckError, InvalidInputError, NotFoundError } from "../../base/errors.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import type { Definition } from "../code-index.ts"
import { lineAt, offsetOf, type RefactoringTools } from "./refactoring.ts"
import type { Sources } from "./sources.ts"

/** A name at a place. */
export interface Target {
  readonly path: string
  readonly name: string
  /** Of the name's first letter. */
  readonly offset: number
  /** What the index knows of it. */
  readonly definition: Definition | undefined
}

/**
 * What a person means by a name, `Class.method`, `path:line` or `path:line:column`. Throws NotFoundError, InvalidInputError for a
 * line that is not there or holds no name, AMBIGUOUS where several things have the name.
 */
export async function findTarget(
  target: string,
  tools: RefactoringTools & { readonly sources: Sources },
): Promise<Target> {
  const place = /^(.+?):(\d+)(?::(\d+))?$/.exec(target.trim())
  if (place && (place[1]?.includes("/") || place[1]?.includes("."))) {
    const [, path = "", line = "1", column] = place
    return atPlace(path.replace(/^\.\//, ""), Number(line), column === undefined ? undefined : Number(column), tools)
  }
  const { under } = tools
  const all = (await tools.index.definitions(target)).items.filter(
    ({ path }) => under === undefined || liesIn(path, under),
  )
  // What a file keeps to itself is named by its place where another file exports the name.
  const exported = all.filter(({ isExported }) => isExported)
  const items = exported.length > 0 ? exported : all
  const [first] = items
  if (!first) {
    throw new NotFoundError({
      code: "NO_SYMBOL",
      message: `Nothing in ${under?.join(", ") ?? "this project"} is called ${target.slice(0, 200)}.`,
      hint: "Name a place instead: path:line:column. `duck search` finds names that are close.",
    })
  }
  // Overloads, and a type with the name of a value, are one name in one file.
  const others = items.filter((one) => one.path !== first.path || one.within.join() !== first.within.join())
  if (others.length > 0) {
    const shown = items.slice(0, 8).map(({ path, nameLine, kind }) => `${path}:${nameLine} (${kind})`)
    throw new DuckError({
      code: "AMBIGUOUS",
      message: `${items.length} things are called ${target}: ${shown.join(", ")}.`,
      hint: "Name the place of the one that you mean.",
      status: 409,
    })
  }
  const { text } = await tools.read(first.path)
  return named(first.path, text, first)
}

async function atPlace(
  path: string,
  line: number,
  column: number | undefined,
  { index, read, sources }: RefactoringTools & { readonly sources: Sources },
): Promise<Target> {
  const { text } = await read(path)
  const offset = offsetOf(text, line, column ?? 1)
  if (offset === undefined || line < 1)
    throw new InvalidInputError({ message: `${path} has no line ${line}: it ends before.` })
  if (column !== undefined) {
    const start =
      offset - (/[\p{ID_Continue}$#]*$/u.exec(text.slice(Math.max(0, offset - 200), offset))?.[0].length ?? 0)
    const name = /^[\p{ID_Continue}$#]+/u.exec(text.slice(start))?.[0]
    if (!name || /^\d/.test(name))
      throw new InvalidInputError({ message: `There is no name at ${path}:${line}:${column}: ${lineAt(text, offset)}` })
    const { items } = await index.definitions(`${path}:${line}`)
    return { path, name, offset: start, definition: items.find((one) => one.path === path && one.name === name) }
  }
  const { items } = await index.definitions(`${path}:${line}`)
  const declared = items.find((one) => one.path === path && one.nameLine === line)
  if (declared) return named(path, text, declared)
  const source = await sources.tryOpen(path)
  const end = text.indexOf("\n", offset) < 0 ? text.length : text.indexOf("\n", offset)
  const here = source?.scopes.bindings
    .flatMap(({ names }) => names)
    .filter(({ isDeclaration, node }) => isDeclaration && node.start >= offset && node.end <= end)
    .sort((a, b) => a.node.start - b.node.start)[0]
  if (here) return { path, name: here.node.text, offset: here.node.start, definition: undefined }
  const [used] = items
  if (used && (used.path !== path || text.slice(offset, end).includes(used.name)))
    return named(used.path, (await read(used.path)).text, used)
  throw new InvalidInputError({
    message:
      lineAt(text, offset) === ""
        ? `Line ${line} of ${path} is empty.`
        : `It can't be told which name of line ${line} is meant: ${lineAt(text, offset)}`,
    hint: `Give the line and the column of a name: ${path}:${line}:1`,
  })
}

/** A definition's name in its file as it is now. */
function named(path: string, text: string, definition: Definition): Target {
  const { name, nameLine } = definition
  const start = offsetOf(text, nameLine)
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  const found =
    start === undefined
      ? null
      : new RegExp(`(?<![\\p{ID_Continue}$])${escaped}(?![\\p{ID_Continue}$])`, "u").exec(text.slice(start))
  if (start === undefined || !found)
    throw new NotFoundError({
      code: "NO_SYMBOL",
      message: `${name} is no longer at ${path}:${nameLine}.`,
      hint: "The index is being brought up to date; try again in a moment.",
    })
  return { path, name, offset: start + found.index, definition }
}
