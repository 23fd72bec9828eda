import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { ParsedFile } from "../types.ts"

export interface Fixture {
  /** The path under which it is parsed: "python.py". */
  readonly path: string
  readonly text: string
  /** Where what is expected of it is written. */
  readonly outlinePath: string
}

const folder = join(import.meta.dirname, "fixtures")

/** One small idiomatic file of each language. The names end in `.txt` so that no other tool takes them for sources. */
export const fixtures: readonly Fixture[] = readdirSync(folder)
  .filter((name) => name.endsWith(".txt") && !name.endsWith(".outline.txt"))
  .map((name) => {
    const path = name.slice(0, -".txt".length)
    return { path, text: readFileSync(join(folder, name), "utf8"), outlinePath: join(folder, `${path}.outline.txt`) }
  })

/** Everything that was taken from a file, a line each. */
export function outlineOf(parsed: ParsedFile): string {
  const { symbols, references, imports, chunks } = parsed
  const lines = [
    `${parsed.language}, ${parsed.lines} lines${parsed.hasErrors ? ", with errors" : ""}`,
    "",
    "definitions",
  ]
  for (const one of symbols) {
    const place = `${one.startLine}-${one.endLine} ${one.nameLine}:${one.nameColumn}`
    lines.push(`  ${place} ${one.isExported ? "exported " : ""}${one.kind} ${[...one.path, one.name].join(" / ")}`)
    lines.push(`      ${one.signature}`)
    if (one.doc !== "") lines.push(...one.doc.split("\n").map((line) => `      | ${line}`.trimEnd()))
  }
  lines.push("", "imports")
  for (const { line, module, names } of imports) {
    const list = names.map(({ name, alias }) => (alias === name ? name : `${name} as ${alias || "-"}`))
    lines.push(`  ${line} ${module}${list.length > 0 ? `: ${list.join(", ")}` : ""}`)
  }
  lines.push("", "references")
  const inOrder = references.toSorted((a, b) => a.line - b.line || a.column - b.column)
  for (const { line, column, kind, qualifier, name, within } of inOrder) {
    const inside = within < 0 ? "" : `  in ${symbols[within]?.name}`
    lines.push(`  ${line}:${column} ${kind} ${qualifier === "" ? "" : `[${qualifier}] `}${name}${inside}`)
  }
  lines.push("", "chunks")
  for (const chunk of chunks) {
    const name = [...chunk.path, chunk.name].join(" / ")
    lines.push(`  ${chunk.startLine}-${chunk.endLine} ${chunk.kind} ${name}`.trimEnd())
  }
  return `${lines.join("\n")}\n`
}
