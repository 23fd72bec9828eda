import { dirname } from "node:path/posix"
import type { Definition, TestOf, UseSite } from "../code-index.ts"
import type { View } from "../index/view.ts"
import { isTestPath, testedName } from "./families.ts"
import type { Relations } from "./relations.ts"
import type { Target } from "./target.ts"

/** Tests of a target: those that use it, those that import its file, and those that are named after the file. */
export function testsOf(view: View, relations: Relations, target: Target, uses?: readonly UseSite[]): TestOf[] {
  const found = new Map<string, { confidence: number; reason: string; tests: Map<string, Definition> }>()
  const put = (path: string, confidence: number, reason: string, test?: Definition | null) => {
    let known = found.get(path)
    if (!known) {
      known = { confidence, reason, tests: new Map() }
      found.set(path, known)
    }
    if (confidence > known.confidence) Object.assign(known, { confidence, reason })
    if (test) known.tests.set(`${test.nameLine} ${test.name}`, test)
  }
  for (const use of uses ?? relations.uses(target)) {
    if (!isTestPath(use.path) || use.confidence < 0.3) continue
    put(use.path, Math.min(0.99, use.confidence), `uses ${use.to.name} (${use.reason})`, use.from)
  }
  const files = new Set([...target.paths, ...target.symbols.map(({ path }) => path)])
  for (const file of files) {
    if (isTestPath(file)) continue
    const isSymbol = !target.paths.includes(file)
    for (const { path } of relations.importersOf(file))
      if (isTestPath(path)) put(path, isSymbol ? 0.4 : 0.8, `imports ${file}`)
    const base = nameOf(file)
    for (const path of testPaths(view))
      if (testedName(path)?.toLowerCase() === base)
        put(path, (isSymbol ? 0.4 : 0.7) + (isNear(path, file) ? 0.15 : -0.15), `is named after ${file}`)
  }
  return [...found]
    .filter(([, { confidence }]) => confidence >= 0.25)
    .sort((a, b) => b[1].confidence - a[1].confidence || (a[0] < b[0] ? -1 : 1))
    .map(([path, { confidence, reason, tests }]) => ({ path, confidence, reason, tests: [...tests.values()] }))
}

const nameOf = (path: string): string => (path.split("/").at(-1) ?? "").replace(/\.(?:d\.)?[^.]+$/, "").toLowerCase()

function* testPaths(view: View): Generator<string> {
  for (const { path, content } of view.tree.files()) if (content !== 0 && isTestPath(path)) yield path
}

/** In the same folder, in a test folder beside, or under the mirrored path of a test tree. */
function isNear(test: string, file: string): boolean {
  const folder = dirname(file)
  const testFolder = dirname(test)
  if (testFolder === folder || dirname(testFolder) === folder) return true
  const parts = folder.split("/")
  const others = new Set(testFolder.split("/"))
  return parts.filter((part) => others.has(part)).length >= Math.max(1, parts.length - 1)
}
