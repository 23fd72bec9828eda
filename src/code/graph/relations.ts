import type { Callee, Definition, ImportEdge, UseSite } from "../code-index.ts"
import { importKey, useKey } from "../index/keys.ts"
import { pathParts } from "../index/module-parts.ts"
import type { View } from "../index/view.ts"
import { linesOf } from "../search/passage.ts"
import type { ParsedFile, ReferenceKind } from "../types.ts"
import type { Modules } from "./modules.ts"
import { definitionOf, resolveReference } from "./resolve.ts"
import { sameFamily, type Target, type TargetSymbol, withDeclarations } from "./target.ts"

/** Who uses whom, read from names and imports when asked: nothing has to be kept up to date but the names themselves. */
export interface Relations {
  /** Uses of the target's definitions (of a path: of all it defines), in order of path and line. */
  uses(target: Target, kinds?: ReadonlySet<ReferenceKind>): UseSite[]
  callees(target: Target): Callee[]
  importsOf(path: string): ImportEdge[]
  importersOf(path: string): ImportEdge[]
  definition(symbol: TargetSymbol): Definition | undefined
}

/** Files that are read to find the uses of one name. */
const maxFiles = 800
/** Below this an edge is a guess that misleads more than it helps. */
const leastConfidence = 0.05

export function relations(view: View, modules: Modules): Relations {
  const definition = ({ path, content, index }: TargetSymbol): Definition | undefined => {
    const symbol = view.outline(content)?.symbols[index]
    return symbol && definitionOf(path, { symbol })
  }

  const usesOf = (targets: readonly TargetSymbol[], kinds: ReadonlySet<ReferenceKind> | undefined): UseSite[] => {
    const byName = new Map<string, TargetSymbol[]>()
    for (const target of targets) {
      const name = view.outline(target.content)?.symbols[target.index]?.name
      if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), target])
    }
    const found: UseSite[] = []
    for (const [name, symbols] of byName) {
      for (const content of view.contentsUnder(useKey(name)).slice(0, maxFiles)) {
        if (!symbols.some((symbol) => sameFamily(view, symbol.content, content))) continue
        const file = view.parsed(content)
        if (!file) continue
        const called = new Set([name, ...aliasesOf(file, name)])
        const here = file.references.filter((one) => called.has(one.name) && (!kinds || kinds.has(one.kind)))
        if (here.length === 0) continue
        for (const path of view.tree.pathsOf(content)) {
          let lines: string[] | undefined
          for (const reference of here) {
            const resolved = resolveReference(view, modules, path, file, reference)
            const to = resolved.find((one) =>
              symbols.some((s) => s.content === one.found.content && s.index === one.found.index),
            )
            if (!to || to.confidence < leastConfidence) continue
            lines ??= linesOf(view.text(content) ?? "")
            const around = file.symbols[reference.within]
            found.push({
              path,
              line: reference.line,
              column: reference.column,
              kind: reference.kind,
              text: (lines[reference.line - 1] ?? "").trim().slice(0, 300),
              from: around ? definitionOf(path, { symbol: around }) : null,
              to: definitionOf(to.path, to.found),
              confidence: to.confidence,
              reason: to.reason,
            })
          }
        }
      }
    }
    return found.sort(
      (a, b) =>
        b.confidence - a.confidence ||
        (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line || a.column - b.column),
    )
  }

  const symbolsOf = (target: Target): readonly TargetSymbol[] => [
    ...target.symbols,
    ...target.paths.flatMap((path) => {
      const content = view.tree.get(path)?.content ?? 0
      return (view.outline(content)?.symbols ?? []).map((_, index) => ({ path, content, index }))
    }),
  ]

  return {
    definition,
    uses(target, kinds) {
      const uses = usesOf(withDeclarations(view, modules, symbolsOf(target)), kinds)
      // Of a whole file, what it does with its own names is not asked.
      return target.paths.length > 0 ? uses.filter(({ path }) => !target.paths.includes(path)) : uses
    },
    callees(target) {
      const found: Callee[] = []
      for (const { path, content, index } of symbolsOf(target)) {
        const file = view.parsed(content)
        const symbol = file?.symbols[index]
        if (!file || !symbol) continue
        const isWhole = target.paths.includes(path)
        for (const reference of file.references) {
          if (reference.kind !== "call") continue
          const isInside = isWhole
            ? reference.within === index
            : reference.line >= symbol.startLine && reference.line <= symbol.endLine
          if (!isInside) continue
          const [best, second] = resolveReference(view, modules, path, file, reference)
          const isSure = best !== undefined && best.confidence >= 0.3 && best.confidence > (second?.confidence ?? 0)
          found.push({
            name: reference.name,
            qualifier: reference.qualifier,
            kind: reference.kind,
            line: reference.line,
            to: isSure ? definitionOf(best.path, best.found) : null,
            confidence: isSure ? best.confidence : 0,
            reason: isSure ? best.reason : best ? "several definitions have that name" : "not defined in this project",
          })
        }
      }
      const seen = new Set<string>()
      return found.filter((callee) => {
        const key = `${callee.qualifier}.${callee.name} ${callee.to?.path}:${callee.to?.nameLine}`
        return !seen.has(key) && seen.add(key)
      })
    },
    importsOf(path) {
      const file = view.outline(view.tree.get(path)?.content ?? 0)
      return (file?.imports ?? []).map(({ module, names, line }) => {
        const imported = names.map(({ name }) => name)
        return {
          path,
          line,
          module,
          names: imported,
          to: modules.resolve(path, module, file?.language ?? "", imported),
        }
      })
    },
    importersOf(path) {
      const found: ImportEdge[] = []
      const contents = new Set(pathParts(path).flatMap((part) => view.contentsUnder(importKey(part))))
      for (const name of packageNames(view, path))
        for (const one of view.contentsUnder(importKey(name))) contents.add(one)
      for (const content of contents)
        for (const from of view.tree.pathsOf(content))
          for (const edge of this.importsOf(from)) if (from !== path && edge.to.includes(path)) found.push(edge)
      return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line))
    },
  }
}

/** What a file calls a name that it imports under another one. */
const aliasesOf = (file: ParsedFile, name: string): string[] =>
  file.imports.flatMap(({ names }) =>
    names.filter((one) => one.name === name && one.alias !== "").map((one) => one.alias),
  )

/** A package's entry file is imported by the package's name: the names of manifests in the folders above. */
function packageNames(view: View, path: string): string[] {
  const names: string[] = []
  const folders = path.split("/").slice(0, -1)
  for (let depth = folders.length; depth >= 0; depth--) {
    const content = view.tree.get([...folders.slice(0, depth), "package.json"].join("/"))?.content ?? 0
    const name = /"name"\s*:\s*"([^"]+)"/.exec(content === 0 ? "" : (view.text(content) ?? ""))?.[1]
    if (name !== undefined) return [...names, ...name.split("/").slice(-1)]
  }
  return names
}
