import type { z } from "zod"
import { type Actor, permits } from "../access/actor.ts"
import { asDuckError, DuckError, exitCodes, NotFoundError } from "../base/errors.ts"
import { parseWith } from "../base/schema.ts"
import { abortable, throwIfAborted, withTimeout } from "../base/signal.ts"
import { didYouMean } from "../base/suggest.ts"
import type { CommandAnswer, Progress, Rendering } from "../base/wire.ts"
import type { LogId, Position, Seen } from "../fabric/ports.ts"
import { histogram, inSpan } from "../observe/trace.ts"
import { type Command, type CommandSet, defaultTimeoutMs } from "./command.ts"
import type { CommandContext, Host } from "./context.ts"
import { callersFolder } from "./folder.ts"
import { format } from "./format/format.ts"
import { plainView } from "./format/plain-view.ts"

/** One request to run a command, whichever way it came. */
export interface Call {
  readonly name: string
  /** Not yet validated. */
  readonly input: unknown
  readonly actor: Actor
  /** Absolute path of the folder the caller stands in. */
  readonly folder: string
  readonly rendering?: Rendering | undefined
  /** 0: no limit. */
  readonly timeoutMs?: number | undefined
  /** Read at least what was written then. */
  readonly seen?: Seen | undefined
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Resolves when there is room for another. */
  readonly onItem?: ((item: unknown) => Promise<void>) | undefined
  /** "http", "rpc", "process": for the log. */
  readonly via: string
}

export interface Pipeline {
  /** Validates, authorizes, traces, runs and formats. Throws DuckError and nothing else. */
  run(call: Call): Promise<CommandAnswer>
  /** The command mostly waits and tells what happens meanwhile, as long as the caller wants it to. */
  follows(name: string): boolean
}

const staleWithinMs = 2_000

export function pipeline(commands: CommandSet, host: Host): Pipeline {
  const duration = histogram("duck.command.duration")

  const measured = async (call: Call): Promise<CommandAnswer> => {
    const startedAt = performance.now()
    const lines = host.logger.with({ "duck.command": call.name, via: call.via })
    let outcome = "done"
    try {
      return await inSpan(`command ${call.name}`, { "duck.command": call.name, "duck.via": call.via }, () => one(call))
    } catch (thrown) {
      const error = asDuckError(thrown)
      outcome = error.code
      if (error.code === "INTERNAL") lines.error("command failed", { error })
      throw error
    } finally {
      const tookMs = performance.now() - startedAt
      duration.record(tookMs / 1_000, { "duck.command": call.name, outcome })
      lines.info("command", { outcome, tookMs: Math.round(tookMs * 10) / 10 })
    }
  }

  const one = async (call: Call): Promise<CommandAnswer> => {
    const command = find(commands, call.name)
    const input = parseWith(command.input.strict(), call.input ?? {}, `the input of \`${spoken(command.name)}\``)
    authorize(command, call.actor)
    const folder = await callersFolder(call.folder)
    const timeoutMs = call.timeoutMs ?? command.timeoutMs ?? defaultTimeoutMs
    const seen: Record<LogId, Position> = {}
    const run = async (signal: AbortSignal) => {
      await reached(call.seen)
      return command.run(input, contextOf(call, folder, signal, seen))
    }
    const noteOutcome = (outcome: "done" | "failed", code?: string) => {
      const kept = command.audited?.(input)
      if (command.permission === "read" || kept === null) return
      const isDryRun = "dryRun" in input && input.dryRun === true
      const details = {
        folder,
        ...kept,
        ...(isDryRun ? { dryRun: true } : {}),
        ...(code === undefined ? {} : { code }),
      }
      host.audit.note({ actor: call.actor.id, action: "command.run", target: command.name, outcome, details })
    }
    try {
      const made =
        timeoutMs > 0
          ? await withTimeout(`\`duck ${spoken(command.name)}\``, timeoutMs, call.signal, run)
          : await abortable(call.signal, run)
      const answer = answerOf(command, made, call.rendering)
      noteOutcome("done")
      return Object.keys(seen).length > 0 ? { ...answer, seen } : answer
    } catch (thrown) {
      noteOutcome("failed", asDuckError(thrown).code)
      throw thrown
    }
  }

  const authorize = (command: Command, actor: Actor) => {
    if (permits(actor, command.permission)) return
    host.audit.note({ actor: actor.id, action: "command.run", target: command.name, outcome: "refused" })
    throw new DuckError({
      code: "NOT_PERMITTED",
      message: `\`${spoken(command.name)}\` needs the permission "${command.permission}"; you have "${actor.permission}".`,
      status: 403,
    })
  }

  const reached = async (seen: Seen | undefined) => {
    for (const [log, position] of Object.entries(seen ?? {})) {
      if (await host.fabric().store.reached(log, position, { withinMs: staleWithinMs })) continue
      throw new DuckError({
        code: "STALE",
        message: `This server has not yet seen position ${position} of the log ${log}.`,
        hint: "Try again in a moment.",
        status: 503,
        details: { log, position },
      })
    }
  }

  const contextOf = (
    call: Call,
    folder: string,
    signal: AbortSignal,
    seen: Record<LogId, Position>,
  ): CommandContext => ({
    signal,
    actor: call.actor,
    folder,
    logger: host.logger.with({ "duck.command": call.name }),
    host,
    config: () => host.config.load(folder),
    project: () => host.projects.open(folder, { signal }),
    progress: (progress) => {
      if (!signal.aborted) call.onProgress?.(progress)
    },
    tell: async (item) => {
      throwIfAborted(signal)
      await call.onItem?.(item)
    },
    saw: (log, position) => {
      seen[log] = Math.max(seen[log] ?? 0, position)
    },
  })

  return {
    run: measured,
    follows(name) {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined
      return command?.item !== undefined && command.timeoutMs === 0
    },
  }
}

function find(commands: CommandSet, name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command) return command
  const hint = didYouMean(name, Object.keys(commands), spoken)
  throw new NotFoundError({
    code: "UNKNOWN_COMMAND",
    message: `There is no command \`${spoken(name.slice(0, 100))}\`.`,
    hint: hint ?? "`duck help` lists all commands.",
    details: { name: name.slice(0, 100) },
  })
}

/** Checks what the command gave against what it promises: a client is never handed another shape. */
function answerOf(command: Command, made: unknown, rendering: Rendering | undefined): CommandAnswer {
  const result: z.ZodSafeParseResult<unknown> = command.output.safeParse(made)
  if (!result.success) {
    throw new Error(`\`${command.name}\` gave an output that is not what it promises: ${result.error.message}`)
  }
  const output = result.data
  const printed = rendering?.format === "json" ? undefined : command.print?.(output)
  const choice = command.choice?.(output)
  const document = () => command.present?.(output) ?? plainView(output)
  return {
    output,
    exitCode: command.exitCode?.(output) ?? exitCodes.done,
    ...(choice === undefined ? {} : { choice }),
    ...(rendering === undefined ? {} : { rendered: printed ?? format(output, document, rendering) }),
  }
}

/** "index.status" as people say it. */
const spoken = (name: string) => name.replaceAll(".", " ")
