import type { CodeIndex, Definition } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import { secretMasker } from "../../workspace/secrets/mask.ts"
import { nameOf } from "../ask/target.ts"
import { type ChangedFile, touches } from "./change-set.ts"
import type { ChangedSymbol } from "./review.ts"
import type { SymbolDifference } from "./symbols.ts"

const mostUses = 50
const mostDependants = 200

/** A difference with what the index knows of it: who uses it, what depends on it, which tests reach it. */
export async function reachOf(
  { change, before, after }: SymbolDifference,
  {
    index,
    files,
    signal,
  }: { readonly index: CodeIndex; readonly files: readonly ChangedFile[]; readonly signal: AbortSignal },
): Promise<ChangedSymbol> {
  const side = after ?? before
  if (!side) throw new Error("A difference has a side.")
  const { symbol, path, name } = side
  const changed = new Map(files.map((file) => [file.path, file]))
  const isTouched = (at: string, line: number) => {
    const file = changed.get(at)
    return file !== undefined && touches(file.added, { startLine: line, endLine: line })
  }
  // The index knows the files as they are, which is either side of the change, or neither where a patch is looked at.
  const known = (await knownAs(index, path, name)) ?? (before && (await knownAs(index, before.path, before.name)))
  const target = known && `${known.path}:${known.nameLine}`
  const [references, impact, tests] = target
    ? await Promise.all([
        index.references(target),
        index.impact(target, { depth: 2, limit: mostDependants, signal }),
        index.testsOf(target),
      ])
    : []
  const uses = (references?.items ?? []).filter((use) => !isTestPath(use.path) && use.confidence >= 0.5)
  return {
    path,
    name,
    kind: symbol.kind,
    change,
    isExported: (before ?? side).symbol.isExported || side.symbol.isExported,
    startLine: symbol.startLine,
    endLine: symbol.endLine,
    signatureBefore: masked(before?.symbol.signature ?? ""),
    signature: masked(after?.symbol.signature ?? ""),
    from: before && (change === "moved" || change === "renamed") ? `${before.path}#${before.name}` : null,
    uses: uses.slice(0, mostUses).map((use) => ({
      path: use.path,
      line: use.line,
      text: masked(use.text),
      isTouched: isTouched(use.path, use.line),
    })),
    dependants: impact?.dependants.filter((one) => !isTestPath(one.path)).length ?? 0,
    tests: {
      paths: (tests?.items ?? []).map((test) => test.path),
      isTouched: (tests?.items ?? []).some((test) => changed.has(test.path)),
    },
  }
}

/** A constant's signature may hold a secret, and a review goes to terminals, logs and reports. */
const masked = (text: string) => secretMasker().mask(text)

async function knownAs(index: CodeIndex, path: string, name: string): Promise<Definition | undefined> {
  const { items } = await index.outline(path)
  return items.find((definition) => nameOf(definition) === name)
}
