import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { sha256Of } from "../../access/permissions/trust-store.ts"
import { type ModelFamily, modelFamilies } from "./family.ts"

/** What stands above goes first. */
export const promptLayers = ["project", "user", "built in"] as const
export type PromptLayer = (typeof promptLayers)[number]

/** Where a project may have templates of its own. */
export const projectPromptFolder = ".duck/prompts"

export interface PromptFolder {
  readonly layer: PromptLayer
  /** Absolute. */
  readonly path: string
  /** How a file of it is called: by its path for people. */
  shown(path: string): string
  /** Whether a file may take effect: a project's is others' text. */
  holds(path: string, sha256: string): boolean
}

/** A template's file as it stands. */
export interface PromptFile {
  /** "explain/symbol". */
  readonly name: string
  /** "short" of `explain/symbol@short.md`; "" of the ordinary one. */
  readonly variant: string
  /** Of `explain/symbol.anthropic.md`. */
  readonly family: ModelFamily | undefined
  readonly layer: PromptLayer
  /** "built in", or where the file is. */
  readonly source: string
  readonly shown: string
  readonly path: string
  readonly text: string
  /** False: it waits until somebody trusts it (`duck trust`). */
  readonly holds: boolean
}

const longestTemplate = 256_000
const mostFiles = 1_000
const named = new RegExp(`^((?:[\\w-]+/)*[\\w-]+)(?:@([\\w-]+))?(?:\\.(${modelFamilies.join("|")}))?\\.md$`)

/** Templates of a folder, without partials and without what is not named as one. Nothing where there is no folder. */
export function promptFilesIn(folder: PromptFolder): PromptFile[] {
  return markdownIn(folder).flatMap(({ path, text }) => {
    const [, name, variant = "", family] = named.exec(path) ?? []
    if (name === undefined || path.startsWith("partials/")) return []
    const { layer, shown, holds } = folder
    const full = join(folder.path, path)
    const source = layer === "built in" ? layer : shown(path)
    const about = { variant, family: modelFamilies.find((one) => one === family), layer, source, shown: shown(path) }
    return [{ name, ...about, path: full, text, holds: holds(path, sha256Of(text)) }]
  })
}

/** Texts of a folder's partials that may take effect, by name. */
export function partialFilesIn(folder: PromptFolder): Map<string, { readonly text: string; readonly shown: string }> {
  const partials = new Map<string, { readonly text: string; readonly shown: string }>()
  for (const { path, text } of markdownIn(folder)) {
    const name = /^partials\/([\w-]+)\.md$/.exec(path)?.[1]
    if (name !== undefined && folder.holds(path, sha256Of(text)))
      partials.set(name, { text, shown: folder.shown(path) })
  }
  return partials
}

/** Plain files only: a link in a project could lead anywhere. */
function markdownIn({ path: folder }: PromptFolder): { readonly path: string; readonly text: string }[] {
  return filesIn(folder)
    .filter((path) => path.endsWith(".md"))
    .sort()
    .slice(0, mostFiles)
    .flatMap((path) => {
      const full = join(folder, path)
      try {
        return statSync(full).size > longestTemplate ? [] : [{ path, text: readFileSync(full, "utf8") }]
      } catch {
        // It went away since, or can't be read: then it is as if it were not there.
        return []
      }
    })
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        join(parentPath, name)
          .slice(folder.length + 1)
          .replaceAll("\\", "/"),
      )
  } catch {
    return []
  }
}
