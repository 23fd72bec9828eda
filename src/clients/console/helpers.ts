import { InvalidInputError } from "../../base/errors.ts"
import type { CommandAnswer } from "../../base/wire.ts"
import type { Manifest, ManifestCommand } from "../../commands/manifest.ts"
import { commandHelp, type HelpLook } from "../cli/help.ts"
import { readable } from "./readable.ts"

type Input = Readonly<Record<string, unknown>>
/** A command: what it takes first may be given as it is, all else by name. */
type Helper = (first?: unknown, more?: Input) => Promise<unknown>

export interface HelperOptions {
  readonly manifest: Manifest
  readonly look: HelpLook
  /** Runs a command on the server, with its text for people. */
  run(name: string, input: Input): Promise<CommandAnswer>
}

/**
 * What stands in the console beside JavaScript itself: the counterparts of the commands that one wants most, `duck` with
 * all of them, and `h`.
 */
export function helpersOf({ manifest, look, run }: HelperOptions): Readonly<Record<string, unknown>> {
  const commands = manifest.commands.filter(({ runsIn }) => runsIn === "server")
  const named = new Map<unknown, string>()
  const helper = (command: ManifestCommand, fixed: Input = {}): Helper => {
    const help: Helper = async (first, more) => {
      const { output, rendered } = await run(command.name, { ...fixed, ...inputOf(command, first, more) })
      return readable(output, rendered)
    }
    named.set(help, command.name)
    return help
  }
  /** The first of these that this version has. */
  const firstOf = (...names: readonly string[]): ManifestCommand | undefined =>
    names.flatMap((name) => commands.find((one) => one.name === name) ?? [])[0]
  const given = (key: string, names: readonly string[], fixed?: Input) => {
    const command = firstOf(...names)
    return command ? { [key]: helper(command, fixed) } : {}
  }
  const completes = firstOf("complete") ? given("complete", ["complete"]) : given("complete", ["run"], { mode: "plan" })
  const all = {
    ai: {
      ...completes,
      ...given("explain", ["explain"]),
      ...given("test", ["test"]),
      ...given("ask", ["ask"]),
      ...given("usage", ["llm.usage"]),
    },
    cluster: given("status", ["cluster.status", "status"]),
    ...given("search", ["search"]),
    duck: tree(commands, helper),
  }
  const h = (about?: unknown) => {
    if (about === undefined) return readable({}, overview(all))
    const name = typeof about === "string" ? about.trim().replaceAll(/\s+/g, ".") : named.get(about)
    const command = manifest.commands.find((one) => one.name === name)
    if (command) return readable({}, commandHelp(command, manifest, look))
    throw new InvalidInputError({
      message: `There is no help for ${typeof about === "string" ? JSON.stringify(about) : "that"}.`,
      hint: 'h() lists the helpers; h("search") and h(ai.explain) are about one.',
    })
  }
  return { ...all, h }
}

/** `duck.session.list`: the commands by their words. */
function tree(commands: readonly ManifestCommand[], helper: (command: ManifestCommand) => Helper) {
  const root: Record<string, unknown> = {}
  for (const command of commands) {
    const [group = "", verb] = command.words.map(camel)
    if (verb === undefined) root[group] = Object.assign(helper(command), root[group])
    else root[group] = Object.assign(root[group] ?? {}, { [verb]: helper(command) })
  }
  return root
}

const camel = (word: string) => word.replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase())

function inputOf({ name, arguments: all }: ManifestCommand, first: unknown, more: Input = {}): Input {
  if (first === undefined) return more
  if (typeof first === "object" && first !== null && !Array.isArray(first)) return { ...first, ...more }
  const place = all.find(({ positional }) => positional === 0)
  if (!place) {
    throw new InvalidInputError({
      message: `${name} takes nothing by place.`,
      hint: `Name what you give: { ${all.map((one) => one.name).join(", ")} }`,
    })
  }
  return { [place.name]: place.type === "string[]" && !Array.isArray(first) ? [first] : first, ...more }
}

function overview({ ai, cluster, duck }: { ai: object; cluster: object; duck: object }): string {
  const calls = (group: string, of: object) => Object.keys(of).map((name) => `${group}.${name}`)
  return [
    `${[...calls("ai", ai), ...calls("cluster", cluster), "search"].join(", ")}`,
    `duck: every command, as duck.session.list({ limit: 3 }): ${Object.keys(duck).join(", ")}`,
    'h("search"), h(ai.explain): what one takes. _ is the last result; its fields are data.',
    "",
  ].join("\n")
}
