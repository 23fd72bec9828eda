import { z } from "zod"
import { type Checker, placed } from "../checker.ts"
import type { Told } from "../diagnostic.ts"

/** By package and analyzer; one that failed says so in place of a list. */
const Found = z.record(
  z.string(),
  z.record(z.string(), z.union([z.array(z.object({ posn: z.string(), message: z.string() })), z.object({})])),
)

export const goVet: Checker = {
  name: "go vet",
  kind: "types",
  files: /\.go$/,
  configuredBy: /^go\.mod$/,
  isConfigured: async (view) => view.has("go.mod"),
  isPerFolder: true,
  installedIn: [],
  program: "go",
  // It knows packages. Of one that does not compile it tells the first error alone, so the compiler is asked for the others,
  // tests included. There is no network where it runs; what is not downloaded yet is said at once.
  command: async (program) =>
    `export GOCACHE="$cache"/go GOPROXY=off; ${program} vet -json ./... && exit 0; code=$?; ` +
    `${program} list -e -test -export -f '{{with .Error}}{{.}}{{end}}' ./...; exit $code`,
  parse(out, errors) {
    const told = [...ofText(out), ...ofText(errors)]
    const key = ({ path, line }: Told) => `${path.replace(/^\.\//, "")}:${line}`
    const compiled = new Set(told.filter(({ rule }) => rule === "compile").map(key))
    // Both tell what does not compile, in other words.
    return told.filter((one) => one.rule !== "vet" || !compiled.has(key(one)))
  },
}

/** What it writes is text, and between that objects of JSON whose outer braces have lines of their own. */
function ofText(text: string): Told[] {
  const told: Told[] = []
  let object: string[] | undefined
  for (const line of text.split(/\r?\n/)) {
    if (line === "{") object = []
    object?.push(line)
    if (line === "}" && object) {
      told.push(...found(object.join("\n")))
      object = undefined
    } else if (!object) {
      const last = told.at(-1)
      // What it says further is indented.
      if (last && /^\t/.test(line)) told[told.length - 1] = { ...last, message: `${last.message} ${line.trim()}` }
      else told.push(...complaint(line))
    }
  }
  return told
}

const found = (json: string): Told[] =>
  Object.values(Found.parse(JSON.parse(json))).flatMap((analyzers) =>
    Object.entries(analyzers).flatMap(([rule, all]) =>
      (Array.isArray(all) ? all : []).flatMap(({ posn, message }): Told[] => {
        const place = placed(`${posn}: `)
        return place
          ? [{ path: place.path, line: place.line, column: place.column, severity: "warning", rule, message }]
          : []
      }),
    ),
  )

function complaint(line: string): Told[] {
  const place = placed(line.replace(/^vet: /, ""))
  const about = { severity: "error", rule: line.startsWith("vet: ") ? "vet" : "compile" } as const
  if (place?.path.endsWith(".go")) {
    const { path, line: at, column, text } = place
    return [{ path, line: at, column, ...about, message: text }]
  }
  // "go: updates to go.mod needed", "package a imports b: import cycle not allowed", "malformed import path".
  const isRemark = line === "" || /^(#|note: |exit status |\s|too many errors)/.test(line)
  return isRemark ? [] : [{ path: "", line: 1, column: 1, ...about, message: line }]
}
