/** Names that stand for their folder: `./log/index.ts` is imported as `./log`. */
const folderNames: ReadonlySet<string> = new Set(["index", "mod", "__init__", "main", "lib", "init"])
const sourceExtension =
  /\.(?:d\.ts|tsx?|mts|cts|jsx?|mjs|cjs|json|css|py|pyi|rb|php|exs?|go|rs|java|h|hh|hpp|hxx|cc|cpp|c)$/

/**
 * The words by which an import may name a file: the last two parts of the module, without extension. Importers of a file
 * are looked for under the parts of its own path (`pathParts`), then resolved one by one.
 */
export function importParts(module: string): string[] {
  const parts = module
    .replace(sourceExtension, "")
    .split(/[/\\.:]+/)
    .filter((part) => part !== "" && part !== "*" && !part.startsWith("{"))
  const last = parts.slice(-2)
  return [...new Set(last.map((part) => part.toLowerCase()))]
}

/** The words under which imports of the file at `path` can be found. */
export function pathParts(path: string): string[] {
  const parts = path.split("/")
  const name = (parts.at(-1) ?? "").replace(/\.[^.]*$/, "").replace(/\.d$/, "")
  const folder = parts.at(-2)
  const found = [name, ...(folder === undefined ? [] : [folder]), ...(folderNames.has(name) ? parts.slice(-3, -1) : [])]
  return [...new Set(found.map((part) => part.toLowerCase()).filter((part) => part !== ""))]
}
