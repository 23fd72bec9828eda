import type { z } from "zod"
import type { Project } from "../../code/project.ts"
import type { CheckerPrograms } from "../../workspace/diagnostics/diagnose.ts"
import type { Processes } from "../../workspace/processes/types.ts"
import type { Web } from "../../workspace/web/web.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { Delegate } from "../agents/delegation.ts"
import type { AgentKind } from "../agents/kind.ts"
import type { Line } from "../agents/line.ts"
import type { LiveConversation } from "../conversation/live.ts"
import type { ConversationRows } from "../conversation/view.ts"
import type { Memory } from "../memory/memory.ts"
import type { Skill } from "../skills/catalogue.ts"
import type { Tool, ToolContent, ToolOutcome } from "./tool.ts"

/** What every tool may use. Nothing else reaches files, programs or the network. */
export interface ToolServices {
  readonly workspace: Workspace
  readonly project: Project
  /** The programs of this conversation. */
  readonly processes: Processes & Pick<CheckerPrograms, "cacheFolder">
  readonly conversation: LiveConversation
  readonly rows: ConversationRows
  /** By name. */
  readonly skills: ReadonlyMap<string, Skill>
  readonly agents: {
    readonly delegate: Delegate
    /** The kinds of agents there are here, by name. */
    readonly kinds: ReadonlyMap<string, AgentKind>
    /** This conversation and those it works for, the person's first. */
    readonly line: Line<LiveConversation>
  }
  readonly memory: Memory
  readonly web: Web
}

/** A tool in a list of tools: the loop has parsed its input by its own schema before it is run. */
export function defineTool<Input extends z.ZodObject, Services>(tool: Tool<Input, Services>): Tool {
  return tool as unknown as Tool
}

export const textOutcome = (text: string, more: Omit<ToolOutcome, "content"> = {}): ToolOutcome => ({
  content: [{ kind: "text", text } satisfies ToolContent],
  ...more,
})
