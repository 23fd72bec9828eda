import { globSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { expect, test } from "vitest"

/** The order of floors: a folder imports only folders that stand above it in this list (and itself). */
const floors = [
  "base",
  "observe",
  "fabric",
  "access",
  "workspace",
  "code",
  "models",
  "context",
  "engines",
  "assistant",
  "commands",
  "server",
  "clients",
]
const src = resolve(import.meta.dirname, "../src")

interface ImportSite {
  readonly file: string
  readonly target: string
  readonly isType: boolean
  readonly isDynamic: boolean
}

function importsOf(file: string): ImportSite[] {
  const text = readFileSync(file, "utf8")
  const sites: ImportSite[] = []
  const statement =
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^"';]*?from\s*["'](\.[^"']+)["']|import\(\s*["'](\.[^"']+)["']\s*\)|(?:^|\n)\s*import\s+["'](\.[^"']+)["']/g
  for (const match of text.matchAll(statement)) {
    const target = match[2] ?? match[3] ?? match[4]
    if (!target) continue
    const isDynamic = match[3] !== undefined
    sites.push({ file, target: resolve(dirname(file), target), isType: match[1] !== undefined, isDynamic })
  }
  return sites
}

const floorOf = (path: string) => relative(src, path).split("/")[0] ?? ""
const isTest = (path: string) => /\.(test|contract|testing)\.ts$/.test(path)

function brokenFloors(sites: readonly ImportSite[]): string[] {
  const broken: string[] = []
  for (const { file, target, isType } of sites) {
    if (relative(src, target).startsWith("..")) continue
    const from = floorOf(file)
    const to = floorOf(target)
    if (from === to) continue
    const say = (why: string) => broken.push(`${relative(src, file)} imports ${relative(src, target)}: ${why}`)
    if (!floors.includes(from) || !floors.includes(to)) say("not a floor of DESIGN.md")
    else if (from === "clients" && to !== "base" && !(to === "commands" && isType))
      say("clients import only base/ and the types of commands/; they speak to the server over the wire")
    else if (floors.indexOf(to) > floors.indexOf(from)) say(`${to}/ stands below ${from}/`)
  }
  return broken
}

test("no folder imports one that stands below it", () => {
  const files = globSync("**/*.ts", { cwd: src }).map((file) => join(src, file))
  expect(files.length).toBeGreaterThan(10)
  expect(brokenFloors(files.filter((file) => !isTest(file)).flatMap(importsOf))).toEqual([])
})

/** Files that import each other in a circle, however long: one line for each circle. Dynamic imports close none. */
function circlesIn(sites: readonly ImportSite[]): string[] {
  const targets = Map.groupBy(
    sites.filter(({ isDynamic }) => !isDynamic),
    ({ file }) => file,
  )
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file)
    if (at >= 0) circles.push([...way.slice(at), file].map((one) => relative(src, one)).join(" -> "))
    if (at >= 0 || done.has(file)) return
    for (const { target } of targets.get(file) ?? []) walk(target, [...way, file])
    done.add(file)
  }
  for (const file of targets.keys()) walk(file, [])
  return circles
}

test("no files import each other in a circle, not even types", () => {
  const files = globSync("**/*.{ts,tsx}", { cwd: src }).map((file) => join(src, file))
  expect(circlesIn(files.flatMap(importsOf))).toEqual([])
})

test("every folder of src is a floor", () => {
  const folders = new Set(globSync("*/**/*.ts", { cwd: src }).map((file) => file.split("/")[0]))
  expect([...folders].filter((folder) => !floors.includes(folder ?? ""))).toEqual([])
})

test("the rule can fail: an import of a lower floor, a client that imports the server, and a circle are found", () => {
  const site = (file: string, target: string, isType = false) => ({
    file: join(src, file),
    target: join(src, target),
    isType,
    isDynamic: false,
  })
  expect(brokenFloors([site("base/ids.ts", "server/http.ts")])).toHaveLength(1)
  expect(brokenFloors([site("clients/cli/main.ts", "server/http.ts")])).toHaveLength(1)
  expect(brokenFloors([site("clients/cli/main.ts", "commands/command.ts", true)])).toHaveLength(0)
  expect(brokenFloors([site("code/search.ts", "fabric/ports.ts")])).toHaveLength(0)
  const circle = [site("code/a.ts", "code/b.ts"), site("code/b.ts", "code/c.ts"), site("code/c.ts", "code/a.ts", true)]
  expect(circlesIn(circle)).toEqual(["code/a.ts -> code/b.ts -> code/c.ts -> code/a.ts"])
  expect(circlesIn(circle.slice(1))).toEqual([])
})
