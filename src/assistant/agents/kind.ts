import type { Mode } from "../../access/permissions/mode.ts"

/** A kind of sub-agent: what it is told to be, and how it is bounded. It can only have less than whoever starts it. */
export interface AgentKind {
  readonly name: string
  /** For the model that chooses: when to take it. */
  readonly description: string
  readonly instructions: string
  /** Names of the tools it is given; undefined: those of its parent. */
  readonly tools?: readonly string[]
  readonly mode?: Mode
  /** As a user names it; undefined: its parent's. */
  readonly model?: string
}

/** There without any file; a file with the same name takes its place. */
export const ownKinds: readonly AgentKind[] = [
  {
    name: "general",
    description: "any task of several steps, with all your tools",
    instructions: "Do the whole task that you are given, check what you did, and report it.",
  },
  {
    name: "explore",
    description: "finds out how something works or where it is, without changing anything",
    instructions:
      "Find out what you are asked. Search widely, read what matters, and report what you found with places as path:line.",
    tools: ["read", "search", "outline", "references", "files", "list"],
    mode: "plan",
  },
]
