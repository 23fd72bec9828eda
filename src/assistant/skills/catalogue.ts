import { type Dirent, promises as fs } from "node:fs"
import { join, relative, sep } from "node:path"
import { type Mode, modes } from "../../access/permissions/mode.ts"
import { isUnder } from "../../access/permissions/pattern.ts"
import { systemCode } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"
import { type AgentKind, ownKinds } from "../agents/kind.ts"
import { toolsNamed } from "../hooks/dialect.ts"
import { frontMatter, listField, type Markdown, textField } from "./front-matter.ts"

/** Knowledge that is read when it is needed: a folder with a `SKILL.md`. */
export interface Skill {
  readonly name: string
  readonly description: string
  readonly body: string
  /** Absolute. */
  readonly folder: string
  readonly from: "project" | "home"
}

/** A prompt with a name, that people call as `/name`. */
export interface SlashCommand {
  readonly name: string
  readonly description: string
  readonly argumentHint: string
  readonly template: string
  readonly from: "project" | "home"
}

export interface Catalogue {
  readonly skills: ReadonlyMap<string, Skill>
  readonly agents: ReadonlyMap<string, AgentKind>
  readonly commands: ReadonlyMap<string, SlashCommand>
}

const homes = [".agents", ".claude"] as const
const mostBytes = 256_000
const mostEntries = 500
const deepest = 4

/**
 * Skills, agents and slash commands where users have them: `.agents` and `.claude` of the project, then of the home. The
 * first of a name counts. What can't be read is left out, and logged. They are texts: they give nobody a right.
 */
export async function catalogueOf({
  root,
  home,
  logger,
}: {
  readonly root: string
  readonly home: string
  readonly logger: Logger
}): Promise<Catalogue> {
  const skills = new Map<string, Skill>()
  const agents = new Map<string, AgentKind>()
  const commands = new Map<string, SlashCommand>()
  const put = <T extends { readonly name: string }>(map: Map<string, T>, one: T | undefined) => {
    if (one && one.name !== "" && !map.has(one.name)) map.set(one.name, one)
  }
  for (const from of ["project", "home"] as const) {
    // Links in a project that someone else wrote must not lead to what lies outside of it.
    const within = from === "project" ? root : undefined
    for (const place of homes) {
      const base = join(from === "project" ? root : home, place)
      for (const folder of await foldersIn(join(base, "skills"), logger)) {
        const text = await textAt(join(folder, "SKILL.md"), within, logger)
        if (text !== undefined) put(skills, skillOf(frontMatter(text), folder, from))
      }
      for (const { path, text } of await markdownIn(join(base, "agents"), within, logger)) {
        put(agents, agentOf(frontMatter(text), nameOf(path)))
      }
      for (const { path, text } of await markdownIn(join(base, "commands"), within, logger)) {
        put(commands, commandOf(frontMatter(text), nameOf(path), from))
      }
    }
  }
  for (const kind of ownKinds) put(agents, kind)
  return { skills, agents, commands }
}

const nameOf = (path: string) => path.replace(/\.md$/, "").split(sep).join(":")

function skillOf(markdown: Markdown, folder: string, from: Skill["from"]): Skill {
  const name = textField(markdown, "name") || (folder.split(sep).at(-1) ?? "")
  return { name, description: textField(markdown, "description"), body: markdown.body, folder, from }
}

/** Names of tools are ours or those of other assistants. A mode that is none of ours bounds nothing. */
function agentOf(markdown: Markdown, file: string): AgentKind {
  const tools = listField(markdown, "tools")?.flatMap((name) => toolsNamed(name.replace(/\(.*$/, "")))
  const mode = modeOf(textField(markdown, "mode") || textField(markdown, "permissionmode"))
  const model = textField(markdown, "model")
  return {
    name: textField(markdown, "name") || file,
    description: textField(markdown, "description"),
    instructions: markdown.body,
    ...(tools && !tools.includes("*") && { tools }),
    ...(mode && { mode }),
    // Other assistants' short names of models mean nothing here; ours have a provider.
    ...(model.includes("/") && { model }),
  }
}

const foreignModes: Readonly<Record<string, Mode>> = {
  default: "ask",
  acceptEdits: "accept-edits",
  bypassPermissions: "auto",
  dontAsk: "ask",
}
const modeOf = (text: string): Mode | undefined => modes.find((mode) => mode === text) ?? foreignModes[text]

function commandOf(markdown: Markdown, name: string, from: SlashCommand["from"]): SlashCommand {
  const description = textField(markdown, "description") || (markdown.body.split("\n", 1)[0] ?? "").slice(0, 100)
  return { name, description, argumentHint: textField(markdown, "argument-hint"), template: markdown.body, from }
}

async function entriesOf(folder: string, logger: Logger): Promise<Dirent[]> {
  try {
    const entries = await fs.readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, mostEntries)
  } catch (error) {
    const code = systemCode(error)
    if (code !== "ENOENT" && code !== "ENOTDIR") logger.warn("a folder could not be read", { folder, error })
    return []
  }
}

const foldersIn = async (folder: string, logger: Logger) =>
  (await entriesOf(folder, logger))
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name))

async function markdownIn(
  folder: string,
  within: string | undefined,
  logger: Logger,
): Promise<readonly { path: string; text: string }[]> {
  const found: { path: string; text: string }[] = []
  const visit = async (at: string, depth: number): Promise<void> => {
    for (const entry of await entriesOf(at, logger)) {
      const path = join(at, entry.name)
      if (entry.isDirectory() && depth < deepest) await visit(path, depth + 1)
      if (!entry.isFile() || !entry.name.endsWith(".md") || found.length >= mostEntries) continue
      const text = await textAt(path, within, logger)
      if (text !== undefined) found.push({ path: relative(folder, path), text })
    }
  }
  await visit(folder, 1)
  return found
}

async function textAt(path: string, within: string | undefined, logger: Logger): Promise<string | undefined> {
  try {
    const real = await fs.realpath(path)
    if (within !== undefined && !isUnder(await fs.realpath(within), real)) {
      logger.warn("a file outside of the project is not read for it", { path, real })
      return undefined
    }
    const stats = await fs.stat(real)
    if (!stats.isFile()) return undefined
    const { size } = stats
    if (size > mostBytes) {
      logger.warn("a file is too large to be a skill, an agent or a command", { path, size })
      return undefined
    }
    return await fs.readFile(real, "utf8")
  } catch (error) {
    if (systemCode(error) !== "ENOENT") logger.warn("a file could not be read", { path, error })
    return undefined
  }
}
