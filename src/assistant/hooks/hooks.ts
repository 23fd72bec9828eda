import type { HookEvent } from "../../access/hook-settings.ts"
import { stricter } from "../../access/permissions/judge.ts"
import type { Decision } from "../../access/permissions/rule.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { Logger } from "../../observe/log.ts"
import type { GatedCall } from "../loop/options.ts"
import type { Tool, ToolOutcome } from "../tools/tool.ts"
import { answerOf, type HookAnswer } from "./answer.ts"
import { foreignInput, matches, namesOfTool } from "./dialect.ts"
import type { HookPrograms } from "./programs.ts"
import type { Hook } from "./sources.ts"

/** What the gate found, before a person is asked. */
export interface Found {
  readonly decision: Decision
  readonly why: string
  /** A rule said so; else the mode did, because no rule spoke. */
  readonly isByRule: boolean
}

/** The hooks of one conversation, at each of the moments when they are run. */
export interface Hooks {
  /** `PreToolUse`, then `PermissionRequest` where a person would be asked. */
  judge(call: GatedCall, found: Found, signal: AbortSignal): Promise<Pick<Found, "decision" | "why">>
  /** `PostToolUse`: the outcome, with what hooks have to say to the model about it. */
  after(tool: Tool, input: unknown, outcome: ToolOutcome, call: string, signal: AbortSignal): Promise<ToolOutcome>
  /** Others: everything that blocks, and everything that is context. */
  tell(
    event: Exclude<HookEvent, "PreToolUse" | "PostToolUse" | "PermissionRequest">,
    facts: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<{ readonly refusal: string | undefined; readonly context: string }>
}

export interface HooksOptions {
  readonly hooks: readonly Hook[]
  readonly programs: Pick<HookPrograms, "run">
  /** Whether a hook and its scripts are still as they were trusted. Asked before each run: an agent may have changed them. */
  isTrusted(hook: Hook): Promise<boolean>
  /** Told to each hook: who and where. */
  readonly facts: () => Readonly<Record<string, unknown>>
  readonly logger: Logger
}

export function hooksOf({ hooks, programs, isTrusted, facts, logger }: HooksOptions): Hooks {
  /** All that match, side by side. `failed`: some ended without an answer. */
  const ask = async (event: HookEvent, more: Readonly<Record<string, unknown>>, signal: AbortSignal, tool?: string) => {
    const due = hooks.filter((hook) => hook.event === event && (tool === undefined || matches(hook.matcher, tool)))
    const answers = await Promise.all(due.map((hook) => one(hook, event, more, signal, tool)))
    throwIfAborted(signal)
    const given = answers.filter((answer) => answer !== undefined)
    return { given, failed: due.filter((_hook, at) => answers[at] === undefined) }
  }

  const one = async (
    hook: Hook,
    event: HookEvent,
    more: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    tool?: string,
  ): Promise<HookAnswer | undefined> => {
    try {
      if (!(await isTrusted(hook))) {
        const { command } = hook
        logger.warn("a hook is not run: it has changed since it was trusted", { event, command })
        const reason = `${command} has changed since you trusted it and is not run; \`duck trust\` shows how.`
        return { decision: "ask", reason, context: "" }
      }
      const named = tool === undefined ? {} : { tool_name: nameFor(hook, tool) }
      const { tool_input: input, ...rest } = more
      const given = input === undefined ? {} : { tool_input: hook.dialect === "claude" ? foreignInput(input) : input }
      const payload = { ...facts(), hook_event_name: event, ...rest, ...named, ...given }
      const ended = await programs.run(hook, `${JSON.stringify(payload)}\n`, signal)
      const answer = answerOf(ended, event === "UserPromptSubmit" || event === "SessionStart")
      if (!answer && !signal.aborted) {
        const { exitCode, errors } = ended
        logger.warn("a hook failed", { event, command: hook.command, exitCode, errors: errors.slice(0, 1000) })
      }
      return answer
    } catch (error) {
      if (!signal.aborted) logger.warn("a hook could not be run", { event, command: hook.command, error })
      return undefined
    }
  }

  return {
    async judge({ id, tool, input }, found, signal) {
      const about = { tool_use_id: id, tool_input: input }
      const pre = await ask("PreToolUse", about, signal, tool.name)
      const first = composed(found, pre.given, pre.failed)
      if (first.decision !== "ask") return first
      const request = await ask("PermissionRequest", { ...about, why: first.why }, signal, tool.name)
      const asked = composed({ ...first, isByRule: first.isByRule || pre.failed.length > 0 }, request.given, [])
      if (asked.decision === "ask") {
        // Nobody waits for it; it ends with the turn.
        const message = `RubberDuck asks: ${tool.name}`
        ask("Notification", { message, notification_type: "permission_prompt" }, signal).catch(() => {})
      }
      return asked
    },
    async after(tool, input, outcome, call, signal) {
      const about = { tool_use_id: call, tool_input: input, tool_response: responseOf(outcome) }
      const { given } = await ask("PostToolUse", about, signal, tool.name)
      const said = given.flatMap(({ decision, reason, context }) => [decision === "deny" ? reason : "", context])
      const notes = said
        .filter((text) => text !== "")
        .map((text) => ({ kind: "text", text: `(hook) ${text}` }) as const)
      return notes.length === 0 ? outcome : { ...outcome, content: [...outcome.content, ...notes] }
    },
    async tell(event, more, signal) {
      const { given } = await ask(event, more, signal)
      const block = given.find(({ decision }) => decision === "deny")
      const context = given.map((answer) => answer.context).filter((text) => text !== "")
      return {
        refusal: block && (block.reason === "" ? `A hook (${event}) said no.` : block.reason),
        context: context.join("\n\n"),
      }
    },
  }
}

/**
 * What hooks make of what the gate found: any of them can make it stricter; an allow settles only what the mode would ask
 * about because no rule speaks. One that failed can't have allowed anything: what it was to judge is asked about.
 */
export function composed(
  found: Found,
  answers: readonly HookAnswer[],
  failed: readonly Pick<Hook, "command">[],
): Found {
  const opinions = answers.filter(
    (answer): answer is HookAnswer & { decision: Decision } => answer.decision !== undefined,
  )
  const strictest = opinions.reduce<(HookAnswer & { decision: Decision }) | undefined>(
    (worst, answer) => (worst && stricter(worst.decision, answer.decision) === worst.decision ? worst : answer),
    undefined,
  )
  const because = (answer: HookAnswer, fallback: string) =>
    answer.reason === "" ? fallback : `A hook says: ${answer.reason}`
  if (strictest && stricter(found.decision, strictest.decision) !== found.decision) {
    return { decision: strictest.decision, why: because(strictest, "A hook said no."), isByRule: true }
  }
  if (failed[0] && found.decision === "allow") {
    return {
      decision: "ask",
      why: `The hook ${failed[0].command} failed, so that a person has to say.`,
      isByRule: true,
    }
  }
  if (strictest?.decision === "allow" && found.decision === "ask" && !found.isByRule && failed.length === 0) {
    return { decision: "allow", why: because(strictest, "A hook allows it."), isByRule: false }
  }
  return found
}

const nameFor = ({ dialect, matcher }: Hook, tool: string): string => {
  const [ours, ...theirs] = namesOfTool(tool)
  if (dialect === "duck") return ours
  const pattern = matcher === "" || matcher === "*" ? undefined : new RegExp(`^(?:${matcher})$`)
  return theirs.find((name) => pattern?.test(name)) ?? theirs[0] ?? ours
}

const responseOf = ({ content, isError = false, details }: ToolOutcome) => ({
  text: content.map((part) => (part.kind === "text" ? part.text : "")).join("\n"),
  isError,
  ...(details === undefined ? {} : { details }),
})

/** Tools that tell hooks of what came of each call. */
export function hookedTools(tools: ReadonlyMap<string, Tool>, hooks: Hooks): ReadonlyMap<string, Tool> {
  const hooked = (tool: Tool): Tool => ({
    ...tool,
    async run(input, call) {
      return hooks.after(tool, input, await tool.run(input, call), call.id, call.signal)
    },
  })
  return new Map([...tools].map(([name, tool]) => [name, hooked(tool)]))
}
