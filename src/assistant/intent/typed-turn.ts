import { type Model, type ModelRequest, noUsage } from "../../models/model.ts"
import type { TurnOptions } from "../loop/options.ts"
import { runTool } from "../tools/run.ts"

/** Who "answers" in the log where a person has typed the call. */
const typed = { provider: "you", model: "typed" } as const

/**
 * Where the message that a turn is for is a command line to be run (`!git status`), its first answer is the call that the
 * person typed, and no model is asked: gate, sandbox, checkpoint, intent and outcome are those of any call, and the next
 * prompt has the output as a tool's result. What they say while it runs is answered by the model. All other turns stay as
 * they are.
 */
export function typedTurn(options: TurnOptions): TurnOptions {
  const { conversation } = options
  const { turn, queued, shell = {} } = conversation.state
  const command = shell[turn?.message ?? queued[0] ?? ""]
  if (command === undefined) return options
  const { beforeEnd: _beforeEnd, treeNow: _treeNow, ...rest } = options
  const callId = () => `typed_${conversation.state.turn?.id ?? ""}`

  const next = (): "call" | "nothing" | "model" => {
    const { state, window } = conversation
    if (state.turn?.steps === 0) return "call"
    const at = window.findIndex(
      (entry) =>
        entry.kind === "assistant" && entry.parts.some((part) => part.kind === "tool-call" && part.id === callId()),
    )
    return at < 0 || window.slice(at).some(({ kind }) => kind === "user") ? "model" : "nothing"
  }

  /** Requests that stand for no prompt; told by identity. */
  const attribution = { user: options.actor }
  const blank: Readonly<Record<"call" | "nothing", ModelRequest>> = {
    call: { model: "", messages: [], attribution },
    nothing: { model: "", messages: [], attribution },
  }
  const model: Model = (request, signal) => {
    if (request === blank.call) return answer("call")
    if (request === blank.nothing) return answer("nothing")
    return options.model(request, signal)
  }
  async function* answer(wanted: "call" | "nothing"): ReturnType<Model> {
    yield { kind: "start", ...typed }
    if (wanted === "call") {
      const { name } = runTool
      yield { kind: "tool-call", index: 0, id: callId(), name, arguments: JSON.stringify({ command }) }
    }
    yield { kind: "end", finish: wanted === "call" ? "tool-calls" : "stop", usage: noUsage, costUsd: 0 }
  }

  return {
    ...rest,
    model,
    prompt: async (how) => {
      const wanted = next()
      return wanted === "model" ? options.prompt(how) : blank[wanted]
    },
    // Whoever typed it has said yes; what is forbidden stays so.
    gate: async (call, signal) => {
      const verdict = await options.gate(call, signal)
      return verdict.decision === "ask" && call.id === callId() ? { decision: "allow", why: "You typed it." } : verdict
    },
  }
}
