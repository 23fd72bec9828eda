import { basename } from "node:path"
import { CancelledError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { asyncQueue } from "../../base/queue.ts"
import { abortable, abortReason, anySignal } from "../../base/signal.ts"
import { ModelError } from "../errors.ts"
import type { Finish, ModelEvent, ModelRequest, OutputSchema, Usage } from "../model.ts"
import type { Provider, ProviderOptions } from "../provider.ts"
import { ggufFile } from "./gguf-file.ts"
import { llamaFunctions, llamaHistory } from "./llama-cpp-history.ts"
import type { LlamaAsk, LoadLibrary } from "./llama-cpp-library.ts"
import { holdModel, type LoadedModel } from "./llama-cpp-loaded.ts"

export interface LlamaCppDeps {
  /** Gives the library; default: the installed package. */
  readonly load?: LoadLibrary | undefined
}

/**
 * A GGUF file (`options.file`) run inside the server through node-llama-cpp, where the user has installed that. It is
 * loaded at the first call, once for each file, and freed by `close`. One call at a time; others wait.
 * Left out, because the library has no way for them: images, and making the model call a tool.
 *
 * Tried with node-llama-cpp 3.22.1 and a file of 127 KB with random weights: loading, text, limits, a prompt that is too
 * long, cancelling, taking turns, closing. Random weights neither think nor call tools: those paths were only tried with
 * a stand-in for the library.
 */
export function llamaCppProvider(options: ProviderOptions, deps: LlamaCppDeps = {}): Provider {
  const file = options.file
  if (file === undefined) {
    throw new ModelError({
      fault: "MODEL_UNKNOWN",
      message: `The provider ${options.name} names no model file.`,
      hint: "Give it the path of a GGUF file (`file` in its settings).",
      provider: options.name,
    })
  }
  const closing = new AbortController()
  const underWay = new Set<Promise<void>>()
  let holding: ReturnType<typeof holdModel> | undefined

  function hold() {
    if (!holding) {
      const mine = holdModel(file ?? "", options.name, deps.load)
      holding = mine
      // What failed is tried anew by the next call.
      mine.catch(() => {
        if (holding === mine) holding = undefined
      })
    }
    return holding
  }

  return {
    name: options.name,
    kind: "llama-cpp",
    isLocal: options.isLocal ?? true,
    async *model(request, outer) {
      const stopping = new AbortController()
      const signal = anySignal(outer, closing.signal, stopping.signal)
      if (signal.aborted) throw abortReason(signal)
      const { model } = await abortable(signal, hold)
      const queue = asyncQueue<ModelEvent>()
      const call = model
        .inTurn(signal, () => answer(model, request, options.name, signal, (event) => queue.offer(event)))
        .then(
          () => queue.close(),
          (error) => queue.fail(signal.aborted ? abortReason(signal) : error),
        )
      underWay.add(call)
      // What waits for its turn, or for the library to notice, need not be waited for.
      const cancelled = () => queue.fail(abortReason(signal))
      signal.addEventListener("abort", cancelled, { once: true })
      try {
        yield* queue
      } finally {
        signal.removeEventListener("abort", cancelled)
        stopping.abort(new CancelledError())
        call.finally(() => underWay.delete(call))
      }
    },
    async listModels() {
      await ggufFile(file, options.name)
      const loaded = await holding?.catch(() => undefined)
      return [{ id: basename(file, ".gguf"), kind: "chat", contextTokens: loaded?.model.contextTokens }]
    },
    async close() {
      closing.abort(new CancelledError("The provider was closed."))
      await Promise.allSettled(underWay)
      const loaded = await holding?.catch(() => undefined)
      holding = undefined
      await loaded?.release()
    },
  }
}

async function answer(
  { LlamaChat, llama, sequence, contextTokens }: LoadedModel,
  request: ModelRequest,
  provider: string,
  outer: AbortSignal,
  emit: (event: ModelEvent) => void,
) {
  const history = llamaHistory(request)
  const functions = llamaFunctions(request)
  const overflow = new AbortController()
  const told = teller(emit)
  const ask: LlamaAsk = {
    signal: anySignal(outer, overflow.signal),
    ...settingsOf(request),
    ...(functions ? { functions } : {}),
    ...(functions && request.parallelToolCalls === false ? { maxParallelFunctionCalls: 1 } : {}),
    // A grammar and tools exclude each other.
    ...(request.output && !functions ? await grammarOf(llama, request.output) : {}),
    onResponseChunk: told.chunk,
    ...(functions ? { onFunctionCallParamsChunk: told.callChunk } : {}),
    contextShift: {
      // Left alone, the library would drop the beginning of the conversation without a word.
      strategy() {
        overflow.abort()
        return { chatHistory: [{ type: "model", response: [] }] }
      },
    },
  }
  const before = sequence.tokenMeter.getState()
  const chat = new LlamaChat({ contextSequence: sequence })
  emit({ kind: "start", provider, model: request.model })
  let finish: Finish
  try {
    const { functionCalls = [], metadata } = await chat.generateResponse(history, ask)
    told.calls(functionCalls)
    finish = functionCalls.length > 0 ? "tool-calls" : metadata.stopReason === "maxTokens" ? "length" : "stop"
  } catch (cause) {
    if (!overflow.signal.aborted) throw outer.aborted ? abortReason(outer) : failed(provider, request.model, cause)
    if (!told.hasSaid()) throw tooLong(provider, request.model, contextTokens)
    finish = "length"
  } finally {
    chat.dispose({ disposeSequence: false })
  }
  told.endThought()
  const { usedInputTokens, usedOutputTokens } = sequence.tokenMeter.diff(before)
  emit({ kind: "end", finish, usage: usageOf(sequence.contextTokens.length, usedInputTokens, usedOutputTokens) })
}

/** A schema that the library knows no grammar for is left to whoever checks the answer. */
async function grammarOf(llama: LoadedModel["llama"], { schema }: OutputSchema) {
  try {
    return { grammar: await llama.createGrammarForJsonSchema(schema) }
  } catch {
    return {}
  }
}

function settingsOf({ maxOutputTokens, temperature, topP, seed, stop }: ModelRequest) {
  return {
    ...(maxOutputTokens === undefined ? {} : { maxTokens: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop?.length ? { customStopTriggers: stop } : {}),
  }
}

/** Turns the library's callbacks into events. */
function teller(emit: (event: ModelEvent) => void) {
  const ids: string[] = []
  let isThinking = false
  let hasSaid = false
  const idOf = (index: number) => {
    ids[index] ??= `call_${newId()}`
    return ids[index]
  }
  const endThought = () => {
    if (isThinking) emit({ kind: "reasoning-end" })
    isThinking = false
  }
  const chunk: LlamaAsk["onResponseChunk"] = ({ type, segmentType, text, segmentEndTime }) => {
    if (type === "segment" && segmentType === "thought") {
      if (text !== "") {
        isThinking = true
        hasSaid = true
        emit({ kind: "reasoning", text })
      }
      if (segmentEndTime) endThought()
    } else if (text !== "") {
      endThought()
      hasSaid = true
      emit({ kind: "text", text })
    }
  }
  return {
    chunk,
    callChunk({
      callIndex,
      functionName,
      paramsChunk,
    }: {
      callIndex: number
      functionName: string
      paramsChunk: string
    }) {
      endThought()
      hasSaid = true
      emit({ kind: "tool-delta", index: callIndex, id: idOf(callIndex), name: functionName, text: paramsChunk })
    },
    calls(calls: readonly { readonly functionName: string; readonly params?: unknown }[]) {
      endThought()
      calls.forEach(({ functionName, params }, index) => {
        emit({ kind: "tool-call", index, id: idOf(index), name: functionName, arguments: JSON.stringify(params ?? {}) })
      })
    },
    endThought,
    hasSaid: () => hasSaid,
  }
}

/** What was in the context already from the call before was not read again. */
function usageOf(contextTokens: number, readTokens: number, outputTokens: number): Usage {
  const inputTokens = Math.max(contextTokens - outputTokens, readTokens)
  return {
    inputTokens,
    cachedInputTokens: inputTokens - readTokens,
    cacheWriteTokens: 0,
    outputTokens,
    reasoningTokens: 0,
    isEstimated: false,
  }
}

const failed = (provider: string, model: string, cause: unknown) =>
  new ModelError({
    fault: "MODEL_FAILED",
    message: `The embedded model failed: ${cause instanceof Error ? cause.message : String(cause)}.`,
    hint: "Ask again; if it comes back, try the file with another program, or take another file.",
    provider,
    model,
    cause,
  })

const tooLong = (provider: string, model: string, contextTokens: number) =>
  new ModelError({
    fault: "CONTEXT_TOO_LONG",
    message: `The prompt is longer than the ${contextTokens.toLocaleString("en-US")} tokens of the embedded model's context.`,
    hint: "Give less context, or take a model with a longer one.",
    provider,
    model,
  })
