import { ModelError } from "../errors.ts"

/**
 * What is used of `node-llama-cpp` (3.22), which users install themselves: it brings hundreds of megabytes.
 * https://node-llama-cpp.withcat.ai/api/functions/getLlama and the pages beside it.
 */
export interface LlamaLibrary {
  getLlama(options: LlamaOptions): Promise<Llama>
  readonly LlamaChat: new (options: { readonly contextSequence: LlamaSequence }) => LlamaChat
}

interface LlamaOptions {
  /** Never compiles, and so never fetches sources. */
  readonly build: "never"
  readonly skipDownload: boolean
  readonly progressLogs: boolean
  readonly logLevel: "error"
  readonly maxThreads: number
}

interface Llama {
  loadModel(options: { readonly modelPath: string; readonly loadSignal?: AbortSignal }): Promise<LlamaModel>
  createGrammarForJsonSchema(schema: unknown): Promise<LlamaGrammar>
  dispose(): Promise<void>
}

/** Opaque: handed from the library to the library. */
type LlamaGrammar = object

interface LlamaModel {
  readonly trainContextSize: number
  createContext(options: { readonly contextSize: { readonly max: number } }): Promise<LlamaContext>
  dispose(): Promise<void>
}

interface LlamaContext {
  readonly contextSize: number
  getSequence(): LlamaSequence
  dispose(): Promise<void>
}

interface LlamaSequence {
  /** What the model has before it now: prompt and answer. */
  readonly contextTokens: readonly number[]
  readonly tokenMeter: LlamaMeter
}

interface LlamaMeter {
  getState(): LlamaMeterState
  diff(earlier: LlamaMeterState): LlamaMeterState
}

interface LlamaMeterState {
  readonly usedInputTokens: number
  readonly usedOutputTokens: number
}

interface LlamaChat {
  generateResponse(history: readonly ChatHistoryItem[], options: LlamaAsk): Promise<LlamaAnswer>
  dispose(options: { readonly disposeSequence: boolean }): void
}

export type ChatHistoryItem =
  | { readonly type: "system" | "user"; readonly text: string }
  | { readonly type: "model"; readonly response: readonly (string | ChatFunctionCall)[] }

export interface ChatFunctionCall {
  readonly type: "functionCall"
  readonly name: string
  readonly params: unknown
  readonly result: unknown
}

export interface LlamaAsk {
  readonly signal: AbortSignal
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly seed?: number
  readonly customStopTriggers?: readonly string[]
  readonly grammar?: LlamaGrammar
  readonly functions?: Readonly<Record<string, { readonly description?: string; readonly params?: unknown }>>
  readonly maxParallelFunctionCalls?: number
  onResponseChunk(chunk: {
    readonly type?: "segment" | undefined
    readonly segmentType?: string | undefined
    readonly text: string
    readonly segmentEndTime?: Date | undefined
  }): void
  onFunctionCallParamsChunk?(chunk: {
    readonly callIndex: number
    readonly functionName: string
    readonly paramsChunk: string
  }): void
  readonly contextShift: { strategy(): { chatHistory: ChatHistoryItem[] } }
}

interface LlamaAnswer {
  readonly functionCalls?: readonly { readonly functionName: string; readonly params?: unknown }[]
  readonly metadata: { readonly stopReason: string }
}

export type LoadLibrary = () => Promise<unknown>

/** The name is no literal, so that neither the type checker nor a bundler looks for what is not there. */
const packageName: string = "node-llama-cpp"
const installed: LoadLibrary = () => import(packageName)

/** Throws ModelError MODEL_UNKNOWN, with what to run, where the package is missing or too different. */
export async function llamaLibrary(provider: string, load: LoadLibrary = installed): Promise<LlamaLibrary> {
  let library: unknown
  try {
    library = await load()
  } catch (cause) {
    throw new ModelError({
      fault: "MODEL_UNKNOWN",
      message: `The package ${packageName}, which runs GGUF files, can't be loaded: ${reasonOf(cause)}.`,
      hint: `Run \`npm install ${packageName}@3\` in RubberDuck's own folder and try again; or run the file with Ollama, LM Studio or llama-server.`,
      provider,
      cause,
    })
  }
  if (isLibrary(library)) return library
  throw new ModelError({
    fault: "MODEL_UNKNOWN",
    message: `The installed package ${packageName} does not have what is needed of it (getLlama, LlamaChat).`,
    hint: `Run \`npm install ${packageName}@3\` in RubberDuck's own folder.`,
    provider,
  })
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND"
    ? "it is not installed"
    : cause instanceof Error
      ? cause.message
      : String(cause)

function isLibrary(value: unknown): value is LlamaLibrary {
  return (
    typeof value === "object" &&
    value !== null &&
    "getLlama" in value &&
    typeof value.getLlama === "function" &&
    "LlamaChat" in value &&
    typeof value.LlamaChat === "function"
  )
}
