import type { Audit } from "../access/audit.ts"
import type { Project } from "../code/project.ts"
import type { Rules } from "../context/rules/rules.ts"
import type { Message } from "../models/model.ts"
import type { Logger } from "../observe/log.ts"
import type { SecretMasker } from "../workspace/secrets/mask.ts"
import { maskerOf } from "../workspace/secrets/project-masker.ts"
import { openWorkspace } from "../workspace/workspace.ts"
import type { AgentKind } from "./agents/kind.ts"
import type { AgentBounds } from "./conversation/events.ts"
import type { LiveConversation } from "./conversation/live.ts"
import type { ConversationRows } from "./conversation/view.ts"
import type { HookPrograms } from "./hooks/programs.ts"
import type { Memory } from "./memory/memory.ts"
import { memoryBudgetTokens, memoryMessages } from "./memory/message.ts"
import { openPrograms } from "./programs.ts"
import { type ConversationRules, conversationRules } from "./prompt/rules.ts"
import { systemMessages } from "./prompt/system.ts"
import { catalogueOf } from "./skills/catalogue.ts"
import { listingMessages } from "./skills/listing.ts"
import type { ToolServices } from "./tools/services.ts"

export interface StandingOptions {
  readonly project: (root: string) => Promise<Project>
  readonly rows: () => ConversationRows
  readonly memory: Memory
  /** What a project wants of whoever works in it. */
  readonly projectRules: (project: Project) => Promise<Rules>
  /** The most tokens of those rules at the beginning of a conversation in a folder. */
  readonly rulesBudget: (root: string) => number
  readonly home: string
  /** Of RubberDuck; no program an agent runs ever sees it. */
  readonly dataFolder: string
  readonly platform: string
  readonly audit: Audit
  readonly logger: Logger
}

/** What stays the same for a conversation while it is open: its files, programs, masker, and the beginning of its prompts. */
export interface Standing {
  readonly services: Omit<ToolServices, "agents" | "web">
  readonly system: ReturnType<typeof systemMessages>
  readonly ruled: ConversationRules
  /** What is remembered for someone who speaks in it: their own, and the project's. */
  readonly remembered: (user: string) => Promise<Message[]>
  readonly masker: SecretMasker
  readonly programs: HookPrograms
  readonly kinds: ReadonlyMap<string, AgentKind>
}

/** The standing of conversations, made once for each; their programs end with them. */
export function standings(
  options: StandingOptions & {
    /** Before anything is done in a project: what a crash left half done is finished. */
    settle(project: Project, actor: string): Promise<unknown>
  },
) {
  const fixed = new WeakMap<LiveConversation, Promise<Standing>>()
  /** Programs of conversations that are open. */
  const opened = new Set<() => Promise<void>>()

  const of = (conversation: LiveConversation, actor: string): Promise<Standing> => {
    const known = fixed.get(conversation)
    if (known) return known
    const made = make(conversation, actor)
    fixed.set(conversation, made)
    made.catch(() => fixed.delete(conversation))
    return made
  }

  const make = async (conversation: LiveConversation, actor: string): Promise<Standing> => {
    const { root, agent } = conversation.state
    const audit = (event: { readonly path: string; readonly outcome: "done" | "refused" | "failed" }) => {
      if (event.outcome !== "refused") return
      options.audit.note({ actor: conversation.id, action: "path.refused", target: event.path, outcome: "refused" })
    }
    const [workspace, project] = await Promise.all([openWorkspace({ root, audit }), options.project(root)])
    const { home, dataFolder } = options
    const opening = { conversation: conversation.id, project, home, dataFolder, audit: options.audit }
    const { processes, hooks: programs, close: end } = await openPrograms(opening)
    await options.settle(project, actor)
    opened.add(end)
    const close = () => {
      opened.delete(end)
      end().catch((error) => options.logger.error("a conversation did not close", { error }))
    }
    if (conversation.lost.aborted) close()
    else conversation.lost.addEventListener("abort", close, { once: true })
    const [{ what: protection }, masker, catalogue, rules] = await Promise.all([
      processes.protection(),
      maskerOf(workspace, options.logger),
      catalogueOf({ root, home, logger: options.logger }),
      options.projectRules(project),
    ])
    const ruled = conversationRules({
      rules,
      conversation,
      workspace,
      user: actor,
      task: firstWords(conversation),
      budgetTokens: options.rulesBudget(root),
    })
    const system = [
      ...systemMessages({ root, platform: options.platform, protection }),
      ...ruled.messages,
      ...(agent ? [agentMessage(agent)] : []),
      ...listingMessages(catalogue),
    ]
    const { memory } = options
    const told = new Map<string, Promise<Message[]>>()
    /** Once for each who speaks in it: a beginning that changes costs the user the provider's cache. */
    const remembered = (user: string): Promise<Message[]> => {
      const known = told.get(user)
      if (known) return known
      const about = { query: firstWords(conversation), project: conversation.log, budgetTokens: memoryBudgetTokens }
      const made = memory.recalled({ ...about, user }).then((recalled) => memoryMessages(recalled, masker.mask))
      told.set(user, made)
      made.catch(() => told.delete(user))
      return made
    }
    return {
      services: { workspace, project, processes, conversation, rows: options.rows(), memory, skills: catalogue.skills },
      kinds: catalogue.agents,
      ruled,
      system,
      remembered,
      masker,
      programs,
    }
  }

  return {
    of,
    /** Ends every program that conversations have started. */
    close: async () => {
      await Promise.all([...opened].map((end) => end()))
    },
  }
}

/** Stays the same for the agent's life: it is in the log. */
const agentMessage = ({ name, instructions }: AgentBounds): Message => ({
  role: "system",
  parts: [
    {
      kind: "text",
      text: `You are the agent "${name}" and work for another agent, not for a person. Nobody reads along: your last answer
is your report, and all that is kept of your work. You can do no more than whoever you work for.\n\n${instructions}`,
    },
  ],
  section: "system",
})

/** What a conversation is about: what the user said first in it, as far as it is in the window, and the goal. */
function firstWords({ state, window }: LiveConversation): string {
  const first = window.find(({ kind }) => kind === "user")
  const said = first?.kind === "user" ? first.parts.map((part) => (part.kind === "text" ? part.text : "")) : []
  return [...said, state.ledger.goal].join("\n")
}
