import { posix } from "node:path"
import type { Definition } from "../../code/code-index.ts"
import type { TextEdit } from "../../code/refactorings/refactoring.ts"
import type { Cursor } from "./cursor.ts"
import type { Lexicon } from "./lexicon.ts"

const scriptEnds = /\.(?:d\.)?[cm]?[jt]sx?$/

/** How this file writes the ends of modules that are files: ".ts", ".js", or "" for none. */
function endOf(text: string, path: string): string {
  const written = /from\s+["']\.[^"']*?(\.[cm]?[jt]sx?)?["']/.exec(text)
  if (written) return written[1] ?? ""
  return /\.[cm]?js$/.test(path) ? posix.extname(path) : ""
}

/** A file as another of the project imports it: "./a.ts", "../b". */
function moduleOf(from: string, to: string, end: string): string {
  const relative = posix.relative(posix.dirname(from), to)
  const bare = relative.replace(scriptEnds, "")
  const whole = end === "" ? bare.replace(/\/index$/, "") : bare + end
  return whole.startsWith(".") ? whole : `./${whole}`
}

/** What imports a definition of another file, where the language is one whose imports we can write. */
export function importOf(definition: Definition, { path, text, language }: Cursor): TextEdit | undefined {
  const isScript = language === "typescript" || language === "tsx" || language === "javascript"
  if (!isScript || !definition.isExported || definition.path === path || !scriptEnds.test(definition.path))
    return undefined
  const { name } = definition
  const module = moduleOf(path, definition.path, endOf(text, path))
  const known = importsFrom(text, module)
  if (known) return { ...known, text: `, ${name}` }
  const style = /^import\b[^\n]*?(["'])[^\n]*?\1(;?)[^\S\n]*$/m.exec(text)
  const quote = style?.[1] ?? '"'
  const line = `import { ${name} } from ${quote}${module}${quote}${style?.[2] ?? ""}\n`
  const start = afterImports(text)
  return { start, end: start, text: line }
}

/** Where a further name goes in what is imported from the module already. */
function importsFrom(text: string, module: string): { start: number; end: number } | undefined {
  for (const found of text.matchAll(/^import\s*\{([^}]*?)(,?\s*)\}\s*from\s*["']([^"'\n]+)["']/gm)) {
    if (found[3] !== module || (found[1] ?? "").trim() === "") continue
    const at = found.index + found[0].indexOf("{") + 1 + (found[1] ?? "").length
    return { start: at, end: at }
  }
  return undefined
}

/** The line after the last import at the top; else after a first line that names the program and a comment of the file. */
function afterImports(text: string): number {
  let end = 0
  for (const found of text.matchAll(/^import\b[^;]*?["'][^"'\n]+["'];?[^\S\n]*(?:\n|$)/gm))
    end = found.index + found[0].length
  if (end > 0) return end
  return /^#![^\n]*\n/.exec(text)?.[0].length ?? 0
}

/** Modules that begin as typed: files near by for "./", else what the project imports from outside, the most used first. */
export function modulesFor(
  { typed, path, text }: Cursor,
  files: readonly string[],
  lexicon: Lexicon | undefined,
  most: number,
): readonly { readonly text: string; readonly detail: string; readonly weight: number }[] {
  if (!typed.startsWith(".")) {
    return [...(lexicon?.modules ?? [])]
      .filter(([module]) => module.startsWith(typed))
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, most)
      .map(([module, times]) => ({ text: module, detail: `imported ${times} times`, weight: times }))
  }
  const end = endOf(text, path)
  const found: { text: string; detail: string; weight: number }[] = []
  for (const file of files) {
    if (file === path || !scriptEnds.test(file)) continue
    const module = moduleOf(path, file, end)
    if (module.startsWith(typed)) found.push({ text: module, detail: file, weight: 1 / module.length })
  }
  return found.sort((a, b) => b.weight - a.weight || (a.text < b.text ? -1 : 1)).slice(0, most)
}
