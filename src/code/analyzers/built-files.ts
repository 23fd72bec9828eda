import { posix } from "node:path"

const builtFolder = /(?:^|\/)(?:dist|build|out|esm|cjs|umd)\//

/**
 * Files that a build made of others: in a folder that builds write to, with the name of a source elsewhere, its ending left out
 * (`dist/rules/one.js` of `lib/rules/one.ts`). A project that keeps them in git repeats itself on purpose.
 */
export function builtFiles(paths: Iterable<string>): ReadonlySet<string> {
  const [built, sources]: [string[], Set<string>] = [[], new Set()]
  for (const path of paths) {
    if (builtFolder.test(path)) built.push(path)
    else sources.add(nameOf(path))
  }
  return new Set(built.filter((path) => sources.has(nameOf(path))))
}

/** The last folder and the name, as other folders may differ. */
function nameOf(path: string): string {
  const folder = posix.basename(posix.dirname(path))
  const name = posix.basename(path).replace(/(?:\.d)?\.[^.]+$/, "")
  return /^(?:\.|dist|build|out|esm|cjs|umd|src|lib)$/.test(folder) ? name : `${folder}/${name}`
}
