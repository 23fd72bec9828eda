import { basename, dirname, join, relative } from "node:path/posix"

const endings = /\.(?:d\.[cm]?ts|[cm]?[jt]sx?|json|vue|svelte)$/
/** What a file of TypeScript is imported as where imports name what is built. */
const builtAs: Readonly<Record<string, string>> = { ts: "js", tsx: "js", mts: "mjs", cts: "cjs", jsx: "jsx" }

export interface Written {
  /** The import as it is: "./a.js", "@/lib/a", "../a". */
  readonly specifier: string
  /** The file that it names. */
  readonly to: string
}

/**
 * How a file of JavaScript or TypeScript in `folder` names `to`, in the way that the old import was written: with or without
 * an ending, with the ending of what is built, a folder for its index file, an alias where the alias still reaches it.
 */
export function specifierFor(folder: string, to: string, old: Written): string {
  if (!old.specifier.startsWith("."))
    return aliased(to, old) ?? specifierFor(folder, to, { ...old, specifier: `./${basename(old.to)}` })
  const path = relative(folder === "" ? "." : folder, styled(to, old))
  if (path === "") return "."
  return path.startsWith("../") || path === ".." ? path : `./${path}`
}

/** A path with the ending that imports are written with here. */
function styled(to: string, { specifier, to: oldTo }: Written): string {
  const written = endings.exec(specifier)?.[0] ?? ""
  const namesFolder = isIndex(oldTo) && !isIndex(specifier)
  if (namesFolder && isIndex(to)) return dirname(to)
  if (written === "") return to.replace(endings, "")
  const own = endings.exec(oldTo)?.[0] ?? ""
  const isBuilt = written !== own
  const ending = endings.exec(to)?.[0].slice(1) ?? ""
  return isBuilt && builtAs[ending] ? to.replace(endings, `.${builtAs[ending]}`) : to
}

const isIndex = (path: string): boolean => /^index(?:\.|$)/.test(basename(path))

/** `@/lib/a` for `src/lib/a.ts` says that `@/` is `src/`; undefined where what is named now lies elsewhere. */
function aliased(to: string, old: Written): string | undefined {
  const oldPath = styled(old.to, old)
  let common = 0
  const [own, named] = [oldPath.split("/"), old.specifier.split("/")]
  while (common < Math.min(own.length, named.length) && own.at(-1 - common) === named.at(-1 - common)) common++
  if (common === 0 || common === named.length) return undefined
  const base = own.slice(0, own.length - common).join("/")
  const prefix = named.slice(0, named.length - common).join("/")
  const path = styled(to, old)
  if (base !== "" && !path.startsWith(`${base}/`)) return undefined
  return `${prefix}/${base === "" ? path : path.slice(base.length + 1)}`
}

/** The import of a file that stays, from a file that goes from one folder to another. */
export function moved(specifier: string, from: string, to: string): string {
  const path = relative(to === "" ? "." : to, join(from, specifier))
  return path.startsWith("../") ? path : `./${path}`
}

/** The dotted name of a file of Python below `root`; "" for the package at the root. */
export const dotted = (path: string, root: string): string =>
  (root === "" ? path : path.slice(root.length + 1))
    .replace(/\.pyi?$/, "")
    .replace(/(?:^|\/)__init__$/, "")
    .replaceAll("/", ".")

/** The folder that `module` counts from, when it names `path`; undefined where it does not end so. */
export function pythonRoot(module: string, path: string): string | undefined {
  const whole = dotted(path, "")
  if (whole === module) return ""
  return whole.endsWith(`.${module}`) ? whole.slice(0, -module.length - 1).replaceAll(".", "/") : undefined
}

/** `..a.b` from a file of Python. */
export function relativeModule(from: string, to: string): string {
  const [own, other] = [
    dirname(from)
      .split("/")
      .filter((part) => part !== "."),
    dotted(to, "").split("."),
  ]
  let common = 0
  while (common < own.length && common < other.length - 1 && own[common] === other[common]) common++
  return ".".repeat(own.length - common + 1) + other.slice(common).join(".")
}
