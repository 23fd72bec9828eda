import { posix } from "node:path"
import { isTestPath, testedName } from "../graph/families.ts"

/** Something that a file does; `line` where it shows. */
export interface Habit {
  readonly topic: string
  readonly value: string
  readonly line?: number
}

const kinds = [
  ...["component", "route", "controller", "model", "service", "hook", "middleware", "command", "view", "store"],
  ...["schema", "migration", "plugin", "handler", "fixture"],
]
const folderOfKind = new RegExp(`(?:^|/)(${kinds.join("|")})s?/`)
const suffixOfKind = new RegExp(`[._-](${kinds.join("|")})s?\\.[^/]+$`, "i")

/** Where a file of its kind lies, and a test beside what it tests. `paths`: all of the language. */
export function* placeHabits(path: string, paths: readonly string[]): Iterable<Habit> {
  if (isTestPath(path)) {
    yield { topic: "place of tests", value: testPlace(path, paths) }
    yield { topic: "names of tests", value: testName(path) }
    return
  }
  const kind = (folderOfKind.exec(path)?.[1] ?? suffixOfKind.exec(path)?.[1])?.toLowerCase()
  if (kind) yield { topic: `place of ${kind}s`, value: posix.dirname(path) }
}

function testPlace(path: string, paths: readonly string[]): string {
  const folder = posix.dirname(path)
  const name = testedName(path)
  const isBeside = paths.some(
    (other) => other !== path && posix.dirname(other) === folder && posix.basename(other).split(".")[0] === name,
  )
  if (isBeside) return "beside the file"
  const inner = /(?:^|\/)(__tests__|tests?|specs?|t|e2e)(?:\/|$)/i.exec(folder)
  if (!inner) return "beside the file"
  return inner.index === 0 ? `in ${inner[1]}/ at the top` : `in ${inner[1]}/ within the folder`
}

function testName(path: string): string {
  const base = posix.basename(path)
  const name = testedName(path)
  return name ? base.replace(name, "<name>") : base.replace(/^[^._-]+/, "<name>")
}
