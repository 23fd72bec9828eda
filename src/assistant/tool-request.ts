import { promises as fs } from "node:fs"
import { resolve } from "node:path"
import type { ToolRequest } from "../access/permissions/judge.ts"
import { InvalidInputError } from "../base/errors.ts"
import { toolsNamed } from "./hooks/dialect.ts"
import type { Tool, Touch } from "./tools/tool.ts"

/** What a call would do, as rules are held against it. */
export async function requestOf(tool: Tool, touches: readonly Touch[], root: string): Promise<ToolRequest> {
  const paths: { path: string; access: "read" | "write" }[] = []
  for (const touch of touches) {
    if (touch.kind !== "path") continue
    const access = touch.isWrite ? "write" : "read"
    const named = resolve(root, touch.path)
    // A rule about a file holds for the links that lead to it as well.
    const real = await fs.realpath(named).catch(() => named)
    paths.push({ path: touch.path, access }, ...(real === named ? [] : [{ path: real, access } as const]))
  }
  const domains = touches.flatMap((touch) => (touch.kind === "url" ? [hostOf(touch.url)] : []))
  const command = commandOf(touches)?.command
  // What asks a person is let through or not before any rule is looked at.
  const effects = tool.effect === "asks" ? [] : [tool.effect]
  return { tool: tool.name, effects, paths, domains, ...(command === undefined ? {} : { command }) }
}

/** Where the command of a call starts; the root where it has none. */
export const folderOf = (touches: readonly Touch[], root: string): string =>
  resolve(root, commandOf(touches)?.cwd ?? ".")

const commandOf = (touches: readonly Touch[]) => touches.find((touch) => touch.kind === "command")

export const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : url)

/**
 * A call as a person writes it: `Bash(git push)`, `Edit(src/a.ts)`, `WebFetch(example.com)`, a tool's name with its input as
 * JSON, or a shell command as it stands. Throws InvalidInputError for an input that is not the tool's.
 */
export async function requestFor(call: string, root: string, tools: ReadonlyMap<string, Tool>) {
  const { tool, touches } = read(call.trim(), tools)
  return { request: await requestOf(tool, touches, root), cwd: folderOf(touches, root) }
}

function read(call: string, tools: ReadonlyMap<string, Tool>): { tool: Tool; touches: readonly Touch[] } {
  const [, name = "", argument, json] = /^([A-Za-z_]\w*)\s*(?:\(([\s\S]*)\)|(\{[\s\S]*\}))?$/.exec(call) ?? []
  const tool = toolsNamed(name).flatMap((one) => tools.get(one) ?? [])[0]
  const shell = tools.get("run")
  if (!shell) throw new Error("There is no tool run.")
  if (!tool) return { tool: shell, touches: [{ kind: "command", command: call, cwd: "." }] }
  if (json !== undefined) {
    const parsed = tool.input.safeParse(jsonOf(json))
    if (!parsed.success) {
      const fields = Object.keys(tool.input.shape).join(", ")
      throw new InvalidInputError({ message: `That is no input of ${tool.name}.`, hint: `Its fields are ${fields}.` })
    }
    return { tool, touches: tool.touches(parsed.data) }
  }
  return { tool, touches: argument === undefined ? [] : [touchOf(tool, argument.trim())] }
}

function touchOf(tool: Tool, argument: string): Touch {
  switch (tool.effect) {
    case "executes":
      return { kind: "command", command: argument, cwd: "." }
    case "network": {
      const host = argument.replace(/^domain:\s*/, "")
      return { kind: "url", url: URL.canParse(host) ? host : `https://${host}/` }
    }
    default:
      return { kind: "path", path: argument, isWrite: tool.effect === "writes" }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
