import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { type Finding, findingOf } from "../finding.ts"
import type { RuleAbout } from "./analyzer.ts"
import type { Manifest } from "./dependencies/manifest.ts"
import { lineOf } from "./dependencies/manifest.ts"
import { readerOf } from "./dependencies/read.ts"

export const licenceRules: readonly RuleAbout[] = [
  {
    id: "licences/not-allowed",
    severity: "error",
    explanation:
      "The package's licence is none of those that the setting `analyze.allowedLicences` names. Take another package, or have the licence looked at and add it.",
  },
  {
    id: "licences/unknown",
    severity: "note",
    explanation:
      "The package does not say under which licence it may be used, and without one it may not be. Ask its makers, or look for a licence file.",
  },
]

const Licensed = z.object({
  version: z.string().optional().catch(undefined),
  license: z
    .union([z.string(), z.object({ type: z.string() }).transform(({ type }) => type)])
    .optional()
    .catch(undefined),
  licenses: z
    .union([
      z.array(z.object({ type: z.string() })).transform((all) => all.map(({ type }) => type).join(" OR ")),
      z.string(),
    ])
    .optional()
    .catch(undefined),
})

/**
 * Licences of installed packages, from their own metadata (node_modules, a virtual environment), held against the allowed
 * SPDX ids; without any allowed ones only those that say nothing are found. What is not installed can't be judged.
 */
export async function licenceFindings(
  root: string,
  manifests: readonly Manifest[],
  allowed: readonly string[],
): Promise<readonly Finding[]> {
  const read = readerOf(root)
  const found: Finding[] = []
  const python = await pythonLicences(root)
  for (const manifest of manifests) {
    if (manifest.system !== "npm" && manifest.system !== "pypi") continue
    const names = new Set([
      ...manifest.declared.map(({ name }) => name),
      ...(allowed.length > 0 ? manifest.locked.map(({ name }) => name) : []),
    ])
    const text = (await read(manifest.path)) ?? ""
    for (const name of names) {
      const licence =
        manifest.system === "npm"
          ? await nodeLicence(name, manifest.folder, read)
          : python.get(name.toLowerCase().replaceAll(/[-_.]+/g, "-"))
      if (licence === undefined) continue
      const isUnknown = licence === "" || /^(?:UNKNOWN|SEE LICENSE|UNLICENSED)/i.test(licence)
      if (!isUnknown && (allowed.length === 0 || isAllowed(licence, allowed))) continue
      if (isUnknown && allowed.length === 0 && licence !== "") continue
      const rule = isUnknown ? "licences/unknown" : "licences/not-allowed"
      const about = licenceRules.find(({ id }) => id === rule)
      found.push(
        findingOf({
          rule,
          severity: about?.severity ?? "note",
          message: isUnknown ? `${name} names no licence.` : `${name} is under ${licence}, which is not allowed here.`,
          path: manifest.path,
          startLine: lineOf(text, `"${name}"`),
          evidence: `${name}: ${licence || "no licence"}`,
          explanation: about?.explanation,
          confidence: isUnknown ? 0.7 : 0.95,
          tags: ["licence"],
        }),
      )
    }
  }
  return found
}

async function nodeLicence(
  name: string,
  folder: string,
  read: ReturnType<typeof readerOf>,
): Promise<string | undefined> {
  for (let at = folder; ; at = at.includes("/") ? at.slice(0, at.lastIndexOf("/")) : "") {
    const text = await read(`${at === "" ? "" : `${at}/`}node_modules/${name}/package.json`)
    if (text !== undefined) {
      try {
        const { license, licenses } = Licensed.parse(JSON.parse(text))
        return license ?? licenses ?? ""
      } catch {
        return ""
      }
    }
    if (at === "") return undefined
  }
}

/** By normalised name, of a virtual environment in the project. */
async function pythonLicences(root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const read = readerOf(root)
  const folders = async (path: string) => readdir(join(root, path)).catch((): string[] => [])
  for (const env of [".venv", "venv"]) {
    for (const version of await folders(`${env}/lib`)) {
      const site = `${env}/lib/${version}/site-packages`
      for (const entry of await folders(site)) {
        if (!entry.endsWith(".dist-info")) continue
        const metadata = (await read(`${site}/${entry}/METADATA`))?.split("\n\n", 1)[0] ?? ""
        const name = /^Name: (.+)$/m.exec(metadata)?.[1]?.trim()
        const licence =
          /^License-Expression: (.+)$/m.exec(metadata)?.[1] ??
          /^License: (.{1,80})$/m.exec(metadata)?.[1] ??
          /^Classifier: License :: (?:OSI Approved :: )?(.+)$/m.exec(metadata)?.[1]
        if (name) found.set(name.toLowerCase().replaceAll(/[-_.]+/g, "-"), licence?.trim() ?? "")
      }
    }
  }
  return found
}

/** An SPDX expression: of `A OR B` one must be allowed, of `A AND B` both. */
export function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const known = new Set(allowed.map((id) => id.toLowerCase()))
  const tokens = expression.match(/[()]|\bAND\b|\bOR\b|\bWITH\b|[^\s()]+/g) ?? []
  let at = 0
  const any = (): boolean => {
    let is = all()
    while (tokens[at] === "OR") {
      at += 1
      const other = all()
      is ||= other
    }
    return is
  }
  const all = (): boolean => {
    let is = one()
    while (tokens[at] === "AND") {
      at += 1
      const other = one()
      is &&= other
    }
    return is
  }
  const one = (): boolean => {
    const token = tokens[at++] ?? ""
    if (token === "(") {
      const is = any()
      at += 1
      return is
    }
    const isKnown = known.has(token.toLowerCase()) || known.has(token.replace(/\+$/, "-or-later").toLowerCase())
    if (tokens[at] !== "WITH") return isKnown
    const exception = tokens[at + 1] ?? ""
    at += 2
    return isKnown || known.has(`${token} with ${exception}`.toLowerCase())
  }
  return any()
}
