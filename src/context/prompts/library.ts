import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { NotFoundError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import type { ModelFamily } from "./family.ts"
import {
  type PromptFile,
  type PromptFolder,
  type PromptLayer,
  partialFilesIn,
  projectPromptFolder,
  promptFilesIn,
  promptLayers,
} from "./files.ts"
import { compilePartial, compileTemplate, type Partials, type Template } from "./template.ts"

const here = dirname(fileURLToPath(import.meta.url))
/** Beside this file in the sources, and beside the bundle in what is built. */
const builtInFolder =
  [join(here, "built-in"), join(here, "prompts")].find((folder) => existsSync(folder)) ?? join(here, "built-in")

const builtIn: PromptFolder = {
  layer: "built in",
  path: builtInFolder,
  shown: (path) => `built-in/${path}`,
  holds: () => true,
}

export interface LibraryPlaces {
  /** The folder of the user's settings. */
  readonly config: string
  /** The project's root. */
  readonly root?: string | undefined
  /** Whether a file of the project, relative to its root, is as somebody trusted it. */
  isTrusted(path: string, sha256: string): boolean
}

/** A template's file, compiled when it is asked for. */
export interface Entry extends PromptFile {
  /** Throws TemplateError. */
  template(): Template
}

export interface Choosing {
  readonly family?: ModelFamily | undefined
  readonly variant?: string | undefined
}

/** The templates that hold, and those that they override. */
export interface Library {
  readonly entries: readonly Entry[]
  /**
   * The project's over the user's over the built in; of one place the one for the family over the one for all. Throws
   * NotFoundError with what was probably meant.
   */
  choose(name: string, choosing?: Choosing): Entry
}

/** Reads what stands in the three places. What is built in is compiled once in a process, unless partials are overridden. */
export function openLibrary({ config, root, isTrusted }: LibraryPlaces): Library {
  const inConfig = join(config, "prompts")
  const folders: PromptFolder[] = [
    ...(root === undefined
      ? []
      : [
          {
            layer: "project" as const,
            path: join(root, projectPromptFolder),
            shown: (path: string) => `${projectPromptFolder}/${path}`,
            holds: (path: string, sha256: string) => isTrusted(`${projectPromptFolder}/${path}`, sha256),
          },
        ]),
    { layer: "user", path: inConfig, shown: (path) => join(inConfig, path), holds: () => true },
  ]
  const own = folders.map(partialFilesIn)
  const hasOwnPartials = own.some(({ size }) => size > 0)
  const partials = hasOwnPartials ? partialsOf([...own, builtInPartials()]) : partialsOnlyBuiltIn()
  const entries = [
    ...folders.flatMap((folder) => promptFilesIn(folder).map((file) => entryOf(file, partials))),
    ...(hasOwnPartials ? promptFilesIn(builtIn).map((file) => entryOf(file, partials)) : builtInEntries()),
  ]
  return { entries, choose: (name, choosing) => chosen(entries, name, choosing) }
}

function entryOf(file: PromptFile, partials: Partials): Entry {
  let template: Template | undefined
  return {
    ...file,
    template() {
      template ??= compileTemplate(file, partials)
      return template
    },
  }
}

function chosen(entries: readonly Entry[], name: string, { family, variant = "" }: Choosing = {}): Entry {
  const fitting = entries.filter(
    (entry) =>
      entry.holds && entry.name === name && entry.variant === variant && [undefined, family].includes(entry.family),
  )
  for (const layer of promptLayers) {
    const there = fitting.filter((entry) => entry.layer === layer)
    const found = there.find((entry) => entry.family !== undefined) ?? there[0]
    if (found) return found
  }
  const names = [...new Set(entries.map(fullName))]
  const wanted = variant === "" ? name : `${name}@${variant}`
  throw new NotFoundError({
    code: "NO_PROMPT",
    message: `There is no prompt ${wanted}.${spaced(didYouMean(wanted, names))}`,
    hint: "`duck prompt list` names them.",
  })
}

/** Only what one place has, trusted or not: to be looked at, not to be used. */
export function narrowed({ entries }: Library, layer: PromptLayer): Library {
  const own = entries.filter((entry) => entry.layer === layer)
  const shown = own.map((entry) => ({ ...entry, holds: true }))
  return { entries: own, choose: (name, choosing) => chosen(shown, name, choosing) }
}

/** "explain/symbol@short". */
export const fullName = ({ name, variant }: Pick<PromptFile, "name" | "variant">): string =>
  variant === "" ? name : `${name}@${variant}`

/** The name and variant of "explain/symbol@short". */
export function namedPrompt(full: string): { readonly name: string; readonly variant: string } {
  const [name = "", variant = ""] = full.split("@")
  return { name, variant }
}

type PartialTexts = ReadonlyMap<string, { readonly text: string; readonly shown: string }>

/** Compiled when they are first asked for; the first text of a name holds. */
function partialsOf(texts: readonly PartialTexts[]): Partials {
  const compiled = new Map<string, ReturnType<Partials>>()
  return (name) => {
    if (!compiled.has(name)) {
      const found = texts.find((one) => one.has(name))?.get(name)
      compiled.set(name, found && compilePartial(found.text, found.shown))
    }
    return compiled.get(name)
  }
}

const spaced = (text: string | undefined) => (text ? ` ${text}` : "")

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

const builtInPartials = once(() => partialFilesIn(builtIn))
const partialsOnlyBuiltIn = once(() => partialsOf([builtInPartials()]))
const builtInEntries = once(() => promptFilesIn(builtIn).map((file) => entryOf(file, partialsOnlyBuiltIn())))
