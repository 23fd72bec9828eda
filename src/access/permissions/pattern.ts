import { bare, isInBlock } from "./address.ts"

/**
 * Patterns of rules. Matching takes at most the product of both lengths, so that no rule can hang the server.
 */

/** One text with `*` for any characters. */
export function starMatch(pattern: string, text: string): boolean {
  let p = 0
  let t = 0
  let starAt = -1
  let resumeAt = 0
  while (t < text.length) {
    if (pattern.charAt(p) === "*") {
      starAt = p++
      resumeAt = t
    } else if (p < pattern.length && pattern.charAt(p) === text.charAt(t)) {
      p++
      t++
    } else if (starAt >= 0) {
      p = starAt + 1
      t = ++resumeAt
    } else return false
  }
  while (pattern.charAt(p) === "*") p++
  return p === pattern.length
}

/** Whether `path` is `folder` or lies under it; both absolute and normal. */
export const isUnder = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`)

/**
 * A path pattern as in ignore files: `*` within a name, `**` over folders. A pattern without a slash means a name at any
 * depth; one that ends in a slash, or names a folder, means all in it. `//` begins an absolute path, `~/` one in the home
 * folder; all others start at the project's root. Gives a test for absolute, normal paths.
 */
export function pathMatcher(pattern: string, place: { root: string; home: string }): (path: string) => boolean {
  const isAnywhere = !/\/./.test(pattern) && !pattern.startsWith("~")
  const base = pattern.startsWith("//") ? "" : pattern.startsWith("~/") ? place.home : place.root
  const relative = pattern.replace(/^(\/\/|~\/|\.\/|\/)/, "").replace(/\/+$/, "")
  const names = [...(isAnywhere ? ["**"] : []), ...relative.split("/").filter((name) => name !== "" && name !== ".")]
  return (path) => {
    const folder = base.replace(/\/+$/, "")
    if (!isUnder(folder, path)) return false
    return matchNames(
      names,
      path
        .slice(folder.length + 1)
        .split("/")
        .filter(Boolean),
    )
  }
}

/** Whether the names lead to the path or to a folder above it. */
function matchNames(pattern: readonly string[], path: readonly string[]): boolean {
  let reached = new Set([0])
  for (const name of pattern) {
    const next = new Set<number>()
    if (name === "**") for (let n = Math.min(...reached); n <= path.length; n++) next.add(n)
    else for (const n of reached) if (n < path.length && starMatch(name, path[n] as string)) next.add(n + 1)
    if (next.size === 0) return false
    reached = next
  }
  return true
}

/** `example.com`, `*.example.com` (its subdomains), a block of addresses (`10.0.0.0/8`) or `*`; ports are not looked at. */
export function domainMatch(pattern: string, domain: string): boolean {
  const host = domain.toLowerCase().replace(/\.$/, "")
  const wanted = pattern.toLowerCase()
  if (wanted === "*") return true
  if (wanted.includes("/")) return isInBlock(wanted, host)
  if (wanted === bare(host)) return true
  return wanted.startsWith("*.") ? host.endsWith(wanted.slice(1)) : host === wanted
}
