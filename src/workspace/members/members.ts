import { posix } from "node:path"
import { NotFoundError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import { detectProject } from "../detect.ts"
import { ecosystems } from "../ecosystems/all.ts"
import type { PackageManager } from "../ecosystems/ecosystem.ts"
import { folderView } from "../ecosystems/folder-view.ts"
import { liesIn } from "../lies-in.ts"

/** One package, crate, module or application of a workspace. */
export interface Member {
  readonly name: string
  /** Posix, relative to the project's root; "" for the root itself. */
  readonly path: string
  /** Who builds it: "pnpm", "cargo", "go", "maven", "mix"... */
  readonly kind: PackageManager
  /** Its manifest, posix and relative to the project's root: "packages/api/package.json". */
  readonly manifest: string
}

/**
 * Members of the workspace at `root`, by path: npm, pnpm and yarn workspaces, cargo and go workspaces, Maven and Gradle
 * modules, applications of a mix umbrella. Empty for a project of one piece.
 */
export async function workspaceMembers(root: string, signal?: AbortSignal): Promise<readonly Member[]> {
  const { members } = await detectProject(root, { languageOf: () => undefined, signal })
  const known = await Promise.all(
    members.map(async ({ name, path, packageManager: kind }): Promise<Member | undefined> => {
      const { names } = await folderView(posix.join(root, path))
      const manifests = ecosystems.flatMap((ecosystem) => ecosystem.manifests)
      const manifest = manifestOfKind(kind, names) ?? manifests.find((file) => names.has(file))
      return manifest === undefined ? undefined : { name, path, kind, manifest: posix.join(path, manifest) }
    }),
  )
  return known.filter((member) => member !== undefined)
}

const manifestsOfKind: Partial<Record<PackageManager, readonly string[]>> = {
  cargo: ["Cargo.toml"],
  go: ["go.mod"],
  maven: ["pom.xml"],
  gradle: ["build.gradle.kts", "build.gradle"],
  mix: ["mix.exs"],
  npm: ["package.json"],
  pnpm: ["package.json"],
  yarn: ["package.json"],
  bun: ["package.json"],
}

const manifestOfKind = (kind: PackageManager, names: ReadonlySet<string>) =>
  manifestsOfKind[kind]?.find((file) => names.has(file))

/**
 * The members that are named by name or path, or by the last part of one where only one member has it (`core` of
 * `@shop/core`); "all": every one. Throws NotFoundError for one that there is not.
 */
export function membersNamed(members: readonly Member[], names: readonly string[]): readonly Member[] {
  const wanted = names.flatMap((name) => {
    const plain = name.replace(/^\.\//, "").replace(/\/+$/, "")
    const found = members.find((member) => member.name === plain || member.path === plain)
    if (found) return [found]
    if (name === "all" && members.length > 0) return members
    const ending = members.filter((member) => [member.name, member.path].some((one) => one.endsWith(`/${plain}`)))
    if (plain !== "" && ending.length === 1) return ending
    const all = members.map((member) => member.name)
    const known = `There are: ${all.slice(0, 20).join(", ")}.`
    throw new NotFoundError({
      code: "MEMBER_NOT_FOUND",
      message: `The workspace has no member ${name}.`,
      hint:
        all.length === 0
          ? "This project is of one piece: leave --member away."
          : [didYouMean(name, all), known].filter(Boolean).join(" "),
    })
  })
  return [...new Set(wanted)]
}

/** The member that a file belongs to: the innermost around it. */
export const memberOf = (members: readonly Member[], path: string): Member | undefined =>
  members.filter((member) => liesIn(path, [member.path])).sort((a, b) => b.path.length - a.path.length)[0]
