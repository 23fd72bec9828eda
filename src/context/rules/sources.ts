import { access } from "node:fs/promises"
import { join } from "node:path"
import type { Logger } from "../../observe/log.ts"
import { openWorkspace, type Workspace } from "../../workspace/workspace.ts"
import type { Dependencies } from "./dependencies.ts"
import type { Place } from "./places.ts"
import { filesUnder, type RuleFolder } from "./read-rules.ts"

const mostDependencies = 500

/** Where rules outside of a project's own files stand. */
export interface OutsidePlaces {
  readonly folder: RuleFolder
  readonly places: readonly Place[]
}

/**
 * A person's own: `AGENTS.md` and `rules/` in the folder of settings, in our format; and, where they want it, the
 * CLAUDE.md and rules of `~/.claude`, which skills and agents are read from as well.
 */
export async function ownPlaces({
  config,
  home,
  withClaude,
  logger,
}: {
  /** The folder of the user's settings. */
  readonly config: string
  readonly home: string
  readonly withClaude: boolean
  readonly logger: Logger
}): Promise<OutsidePlaces[]> {
  const found: OutsidePlaces[] = []
  const base = { layer: "user", folder: "" } as const
  const own = await folderAt(config, "user", logger)
  if (own) {
    const places: Place[] = []
    await filesUnder(own.workspace, "AGENTS.md", (path) =>
      places.push({ ...base, path, format: "agents", kind: "whole", name: "AGENTS" }),
    )
    await filesUnder(own.workspace, "rules", (path) => {
      const name = /^rules\/(.+)\.md$/.exec(path)?.[1]
      if (name !== undefined) places.push({ ...base, path, format: "ai-rules", kind: "ours", name })
    })
    found.push({ folder: own, places })
  }
  const claude = withClaude ? await folderAt(join(home, ".claude"), "user/claude", logger) : undefined
  if (claude) {
    const places: Place[] = []
    await filesUnder(claude.workspace, "CLAUDE.md", (path) =>
      places.push({ ...base, path, format: "claude", kind: "whole", name: "CLAUDE" }),
    )
    await filesUnder(claude.workspace, "rules", (path) => {
      const name = /^(rules\/.+)\.md$/.exec(path)?.[1]
      if (name !== undefined) places.push({ ...base, path, format: "claude", kind: "paths", name })
    })
    found.push({ folder: claude, places })
  }
  return found
}

/** Undefined where there is no such folder. */
async function folderAt(root: string, prefix: string, logger: Logger): Promise<RuleFolder | undefined> {
  const isThere = await access(root).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const audit = ({ path, outcome }: { readonly path: string; readonly outcome: string }) => {
    if (outcome === "refused") logger.debug("a path of rules is refused", { root, path })
  }
  return { workspace: await openWorkspace({ root, audit }), prefix, shown: (path) => join(root, path) }
}

/**
 * What packages that the project itself uses ship: `.ai-rules/` in our format and `usage-rules.md`, in `node_modules` and
 * mix's `deps`. One folder for each package, so that ids have its name.
 */
export async function dependencyPlaces(workspace: Workspace, { npm, mix }: Dependencies): Promise<OutsidePlaces[]> {
  const packages = [
    ...[...npm].map((name) => ({ name, at: `node_modules/${name}` })),
    ...[...mix].map((name) => ({ name, at: `deps/${name}` })),
  ]
  const found = await Promise.all(
    packages.slice(0, mostDependencies).map(async ({ name, at }): Promise<OutsidePlaces> => {
      const base = { layer: "dependency", folder: "" } as const
      const places: Place[] = []
      await filesUnder(workspace, `${at}/usage-rules.md`, (path) =>
        places.push({ ...base, path, format: "ai-rules", kind: "whole", name: "usage-rules" }),
      )
      for (const [folder, format] of [
        [".ai-rules", "ours"],
        ["usage-rules", "whole"],
      ] as const) {
        await filesUnder(workspace, `${at}/${folder}`, (path) => {
          const within = path.slice(`${at}/${folder}/`.length)
          if (!within.endsWith(".md")) return
          const plain = within.slice(0, -".md".length)
          places.push({
            ...base,
            path,
            format: "ai-rules",
            kind: format,
            name: format === "ours" ? plain : `usage-rules/${plain}`,
          })
        })
      }
      return { folder: { workspace, prefix: name, shown: (path) => path }, places }
    }),
  )
  return found.filter(({ places }) => places.length > 0)
}
