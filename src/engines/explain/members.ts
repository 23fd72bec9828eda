import { join, posix } from "node:path"
import { z } from "zod"
import { throwIfAborted } from "../../base/signal.ts"
import type { CodeIndex, ImportEdge } from "../../code/code-index.ts"
import type { ProjectFacts } from "../../workspace/detect.ts"
import { ecosystems } from "../../workspace/ecosystems/all.ts"
import { folderView } from "../../workspace/ecosystems/folder-view.ts"
import { type Member, memberOf } from "../../workspace/members/members.ts"
import { firstSentence } from "../ask/quoting.ts"
import type { ProjectPage } from "./explanation.ts"
import { folderCycles, folderDiagram } from "./folders.ts"

/** Name, package manager and commands of a member, from its own manifest. */
export async function memberCommands(
  { name, path, kind, manifest }: Member,
  root: string,
): Promise<Pick<ProjectFacts, "name" | "packageManager" | "testCommand" | "lintCommand">> {
  const view = await folderView(join(root, path))
  const file = posix.basename(manifest)
  const own = ecosystems.find(({ manifests }) => manifests.includes(file))
  const { test, lint } = (await own?.commands(view, kind)) ?? {}
  return {
    ...{ name, packageManager: kind },
    ...(test === undefined ? {} : { testCommand: test }),
    ...(lint === undefined ? {} : { lintCommand: lint }),
  }
}

/**
 * Members of a workspace and how they hang together by what they import; of one member, what it uses and who uses it. The
 * diagram is of all of them; "" where none imports another, or the page is of one.
 */
export async function membersPage(
  all: readonly Member[],
  only: Member | undefined,
  {
    edges,
    files,
    index,
    signal,
  }: {
    readonly edges: readonly ImportEdge[]
    readonly files: readonly string[]
    readonly index: CodeIndex
    readonly signal: AbortSignal
  },
): Promise<{ readonly members: ProjectPage["members"]; readonly diagram: string }> {
  const between = new Map<string, Map<string, number>>()
  const note = (from: string, to: string) => {
    const [a, b] = [memberOf(all, from)?.path, memberOf(all, to)?.path]
    if (a === undefined || b === undefined || a === b) return
    const row = between.get(a) ?? new Map<string, number>()
    between.set(a, row.set(b, (row.get(b) ?? 0) + 1))
  }
  for (const { path, to } of edges) for (const target of to) note(path, target)
  if (only) {
    for (const path of files) {
      throwIfAborted(signal)
      for (const user of (await index.importersOf(path)).items) note(user.path, path)
    }
  }
  const nameOf = (path: string) => all.find((member) => member.path === path)?.name ?? path
  const shown = only ? [only] : all
  const members = await Promise.all(
    shown.map(async ({ name, path }) => ({
      ...{ name, path, says: await saidOf(path, index) },
      files: index.files().filter((file) => memberOf(all, file)?.path === path).length,
      uses: [...(between.get(path)?.keys() ?? [])].map(nameOf).sort(),
      usedBy: [...between].flatMap(([from, tos]) => (tos.has(path) ? [nameOf(from)] : [])).sort(),
    })),
  )
  return { members, diagram: only ? "" : folderDiagram(between, folderCycles(between)) }
}

const Described = z.object({ description: z.string() })

/** What the member's manifest says it is, else the first words of its README. */
async function saidOf(path: string, index: CodeIndex): Promise<string> {
  const [json, cargo, python, readme] = await Promise.all(
    ["package.json", "Cargo.toml", "pyproject.toml", "README.md"].map((file) => index.text(posix.join(path, file))),
  )
  const described = /^description\s*=\s*"((?:[^"\\]|\\.)+)"/m.exec(cargo ?? python ?? "")?.[1] ?? descriptionIn(json)
  const prose = readme?.split("\n").find((line) => line.trim().length > 20 && !/^[#!<[|`>]/.test(line.trim()))
  return firstSentence(described ?? prose ?? "")
}

function descriptionIn(json: string | undefined): string | undefined {
  try {
    return Described.safeParse(JSON.parse(json ?? "")).data?.description
  } catch {
    return undefined
  }
}
