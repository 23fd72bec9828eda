import { availableParallelism } from "node:os"
import { ModelError } from "../errors.ts"
import { ggufFile } from "./gguf-file.ts"
import { type LlamaLibrary, type LoadLibrary, llamaLibrary } from "./llama-cpp-library.ts"

type Library = Pick<LlamaLibrary, "LlamaChat">

/** A model in memory, with one place for a conversation: calls take turns. */
export interface LoadedModel extends Library {
  readonly llama: Awaited<ReturnType<LlamaLibrary["getLlama"]>>
  readonly sequence: ConstructorParameters<LlamaLibrary["LlamaChat"]>[0]["contextSequence"]
  readonly contextTokens: number
  /** Runs `work` when all before it are done; what waits can be cancelled. */
  inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

interface Held {
  readonly loading: Promise<{ readonly model: LoadedModel; unload(): Promise<void> }>
  holders: number
}

/** A larger context takes gigabytes beside the model. */
const mostContextTokens = 32_768
/**
 * Half of the processors do the sums: the server beside them goes on, and the threads wait for each other by spinning.
 * With the library's own number, at least four, a busy machine of two processors took six times as long for a token.
 */
const threads = () => Math.max(1, availableParallelism() >> 1)
/** By real path: two providers with one file (the old and the new one while settings change) share it. */
const held = new Map<string, Held>()

/** Loads the file, or takes part in what is loaded already. `release` frees the memory with the last holder. */
export async function holdModel(path: string, provider: string, load?: LoadLibrary) {
  const file = await ggufFile(path, provider)
  const library = await llamaLibrary(provider, load)
  let entry = held.get(file)
  if (!entry) {
    const made: Held = { loading: loadModel(library, file, provider), holders: 0 }
    entry = made
    held.set(file, made)
    // What failed is tried anew by the next one.
    made.loading.catch(() => held.get(file) === made && held.delete(file))
  }
  const mine = entry
  mine.holders++
  let isReleased = false
  const release = async () => {
    if (isReleased) return
    isReleased = true
    if (--mine.holders > 0) return
    if (held.get(file) === mine) held.delete(file)
    const loaded = await mine.loading.catch(() => undefined)
    await loaded?.unload()
  }
  try {
    return { model: (await mine.loading).model, release }
  } catch (error) {
    await release()
    throw error
  }
}

async function loadModel(library: LlamaLibrary, file: string, provider: string) {
  const unloads: (() => Promise<void>)[] = []
  const unload = async () => {
    for (const each of unloads.toReversed()) await each()
  }
  try {
    const llama = await library.getLlama({
      build: "never",
      skipDownload: true,
      progressLogs: false,
      logLevel: "error",
      maxThreads: threads(),
    })
    unloads.push(() => llama.dispose())
    const model = await llama.loadModel({ modelPath: file })
    unloads.push(() => model.dispose())
    const context = await model.createContext({ contextSize: { max: mostContextTokens } })
    unloads.push(() => context.dispose())
    const loaded: LoadedModel = {
      LlamaChat: library.LlamaChat,
      llama,
      sequence: context.getSequence(),
      contextTokens: context.contextSize,
      inTurn: turns(),
    }
    return { model: loaded, unload }
  } catch (cause) {
    await unload()
    throw new ModelError({
      fault: "MODEL_UNKNOWN",
      message: `The model file ${file} can't be loaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: "Take a smaller or a newer file of the model; it must fit into memory.",
      provider,
      cause,
    })
  }
}

function turns(): LoadedModel["inTurn"] {
  let last: Promise<unknown> = Promise.resolve()
  return (signal, work) => {
    const turn = last.then(() => {
      signal.throwIfAborted()
      return work()
    })
    last = turn.catch(() => {})
    return turn
  }
}
