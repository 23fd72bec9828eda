import { posix } from "node:path"
import { asDuckError } from "../../base/errors.ts"
import type { Finding } from "../../code/finding.ts"
import { problem } from "./problem.ts"

const deepest = 5
const mostImports = 50

export interface Imported {
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly problems: readonly Finding[]
}

/**
 * What the lines `@docs/style.md` of a file bring in, and of those files in turn, five deep. Paths are relative to the file
 * that names them; `read` keeps them inside the project. Names in code are left alone, and so is what is no file.
 */
export async function importsOf(
  path: string,
  text: string,
  read: (path: string) => Promise<string>,
): Promise<Imported> {
  const files = new Map<string, string>()
  const problems: Finding[] = []
  const visit = async (at: string, content: string, line: readonly string[]): Promise<void> => {
    for (const { name, ...place } of mentions(content)) {
      const where = line.length === 1 ? place : { line: 1, column: 1 }
      const warn = (says: string) => problems.push(problem("import", "warning", at, where, says))
      const target = posix.normalize(posix.join(posix.dirname(at), name))
      if (line.includes(target)) {
        warn(`The import goes round in a circle: ${[...line, target].join(" → ")}.`)
        continue
      }
      if (files.has(target)) continue
      if (name.startsWith("~") || name.startsWith("/") || target.startsWith("..")) {
        warn(`@${name} leads out of the project and is not read.`)
        continue
      }
      if (line.length > deepest) {
        warn(`@${name} is not read: imports go ${deepest} deep.`)
        continue
      }
      if (files.size >= mostImports) {
        warn(`@${name} is not read: ${mostImports} imports are the most.`)
        continue
      }
      try {
        const brought = await read(target)
        files.set(target, brought)
        await visit(target, brought, [...line, target])
      } catch (error) {
        const { code, message } = asDuckError(error)
        // A person's name, a package, an annotation: only what looks like a document is missed.
        if (code !== "FILE_NOT_FOUND" || /\.(?:md|mdc|txt)$/i.test(name)) warn(`@${name} can't be read: ${message}`)
      }
    }
  }
  await visit(path, text, [path])
  return { files: [...files].map(([one, content]) => ({ path: one, text: content })), problems }
}

/** Mentions outside of code blocks and code spans. */
function mentions(text: string): { name: string; line: number; column: number }[] {
  const found: { name: string; line: number; column: number }[] = []
  let fence: string | undefined
  text.split(/\r?\n/).forEach((whole, at) => {
    const mark = /^[ \t]*(`{3,}|~{3,})/.exec(whole)?.[1]
    if (mark !== undefined) {
      if (fence === undefined) fence = mark
      else if (mark.startsWith(fence)) fence = undefined
      return
    }
    if (fence !== undefined) return
    const line = whole.replaceAll(/(`+)[^`].*?\1/g, (span) => " ".repeat(span.length))
    for (const match of line.matchAll(/(?:^|[\s([])@([\w.~/-][\w./~-]*)/g)) {
      const name = (match[1] ?? "").replace(/[.]+$/, "")
      // Without a dot or a slash it is somebody's name.
      if (!/[./]/.test(name)) continue
      found.push({ name, line: at + 1, column: match.index + match[0].indexOf("@") + 1 })
    }
  })
  return found
}
