import type { Logger } from "../../observe/log.ts"
import type { LiveConversation } from "../conversation/live.ts"
import type { TurnOptions } from "../loop/options.ts"
import { type Hooks, hooksOf } from "./hooks.ts"
import type { HookPrograms } from "./programs.ts"
import { type Hook, type HookChoice, hooksIn } from "./sources.ts"
import { isAsTrusted } from "./wants.ts"

export interface TurnHooks extends Pick<TurnOptions, "beforeTurn" | "beforeEnd"> {
  readonly hooks: Hooks
  beforeCompact(isAsked: boolean, signal: AbortSignal): Promise<void>
}

/** A turn is sent on by hooks so often and no more, whatever they say. */
const mostContinued = 5

/** The hooks that hold for a turn, at the moments of a turn; undefined where there are none. */
export async function turnHooks({
  conversation,
  home,
  choice,
  programs,
  isNew,
  logger,
}: {
  readonly conversation: LiveConversation
  readonly home: string
  readonly choice: HookChoice
  readonly programs: HookPrograms
  /** No turn of the conversation was run by this process before. */
  readonly isNew: boolean
  readonly logger: Logger
}): Promise<TurnHooks | undefined> {
  const { root, agent, parent } = conversation.state
  const found = await hooksIn({ root, home, choice, logger })
  if (found.length === 0) return undefined
  const facts = () => ({
    session_id: conversation.id,
    cwd: root,
    permission_mode: conversation.state.mode,
    ...(parent && { parent_session_id: parent.conversation }),
    ...(agent && { agent_type: agent.name }),
  })
  const isTrusted = (hook: Hook) => isAsTrusted(hook, home, choice.trust)
  const hooks = hooksOf({ hooks: found, programs, isTrusted, facts, logger })
  let continued = 0
  return {
    hooks,
    async beforeTurn(message, signal) {
      const isFirst = conversation.state.messages <= 1
      const starting = agent ? "SubagentStart" : "SessionStart"
      const source = isFirst ? "startup" : "resume"
      const start = isNew ? await hooks.tell(starting, { source }, signal) : undefined
      if (start?.refusal !== undefined) return start
      const prompt = textOf(conversation, message)
      const submit = agent ? undefined : await hooks.tell("UserPromptSubmit", { prompt }, signal)
      const context = [start?.context ?? "", submit?.context ?? ""].filter((text) => text !== "").join("\n\n")
      return { refusal: submit?.refusal, context }
    },
    async beforeEnd(signal) {
      if (continued >= mostContinued) return undefined
      const last = conversation.window.findLast(({ kind }) => kind === "assistant")
      const message = last ? textOf(conversation, last.id) : ""
      const about = { stop_hook_active: continued > 0, last_assistant_message: message }
      const { refusal } = await hooks.tell(agent ? "SubagentStop" : "Stop", about, signal)
      if (refusal !== undefined) continued++
      return refusal
    },
    async beforeCompact(isAsked, signal) {
      await hooks.tell("PreCompact", { trigger: isAsked ? "manual" : "auto" }, signal)
    },
  }
}

function textOf({ window }: LiveConversation, id: string): string {
  const entry = window.find((one) => one.id === id)
  if (!entry || entry.kind === "tool") return ""
  return entry.parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n")
}
