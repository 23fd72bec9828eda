import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import type { ModelRequest } from "../model.ts"
import { asking, endIn, eventsOf, faultOf, textIn } from "./asking.testing.ts"
import { llamaCppProvider } from "./llama-cpp.ts"
import { llamaFunctions, llamaHistory } from "./llama-cpp-history.ts"
import type { ChatHistoryItem, LlamaAsk } from "./llama-cpp-library.ts"

const folder = mkdtempSync(join(tmpdir(), "duck-gguf-"))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
/** Its own file for each, because what is loaded is shared by file. */
function modelFile(name = `tiny-${files++}.gguf`, content: string | Buffer = "GGUF\x03\0\0\0 and so on"): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

type Generate = (history: readonly ChatHistoryItem[], ask: LlamaAsk) => unknown

/** Stands in for the library at the part of its interface that is documented and used; `generate` is the model. */
function library(generate: Generate = () => answered()) {
  const did: string[] = []
  const asked: { history: readonly ChatHistoryItem[]; ask: LlamaAsk }[] = []
  const disposing = (what: string) => async () => void did.push(`dispose ${what}`)
  const meter = { usedInputTokens: 0, usedOutputTokens: 0 }
  const sequence = {
    contextTokens: Array.from({ length: 12 }, (_, at) => at),
    tokenMeter: { getState: () => meter, diff: () => ({ usedInputTokens: 6, usedOutputTokens: 4 }) },
  }
  class LlamaChat {
    async generateResponse(history: readonly ChatHistoryItem[], ask: LlamaAsk) {
      did.push("generate")
      asked.push({ history, ask })
      return generate(history, ask)
    }
    dispose() {
      did.push("dispose chat")
    }
  }
  const getLlama = async (options: object) => {
    did.push(`getLlama ${JSON.stringify(options)}`)
    return {
      dispose: disposing("llama"),
      createGrammarForJsonSchema: async (schema: object) => {
        if ("$ref" in schema) throw new Error("no grammar for that")
        return { grammarOf: schema }
      },
      loadModel: async ({ modelPath }: { modelPath: string }) => {
        if (modelPath.includes("broken")) throw new Error("wrong tensor count")
        did.push("load model")
        return {
          trainContextSize: 4096,
          dispose: disposing("model"),
          createContext: async () => ({
            contextSize: 2048,
            getSequence: () => sequence,
            dispose: disposing("context"),
          }),
        }
      },
    }
  }
  return { did, asked, load: async (): Promise<unknown> => ({ getLlama, LlamaChat }) }
}

const answered = (stopReason = "eogToken", functionCalls: unknown[] = []) => ({
  functionCalls,
  metadata: { stopReason },
})
const saying =
  (...texts: string[]): Generate =>
  (_, ask) => {
    for (const text of texts) ask.onResponseChunk({ text })
    return answered()
  }
const providerOf = (load: () => Promise<unknown>, file = modelFile()) =>
  llamaCppProvider({ name: "here", kind: "llama-cpp", file }, { load })

test("an answer is told as it is written, and its tokens are those of the library", async () => {
  const { load, did } = library(saying("Hel", "lo"))
  const provider = providerOf(load)
  const events = await eventsOf(
    provider.model,
    asking("hi", { maxOutputTokens: 9, temperature: 0.5, topP: 0.9, seed: 3, stop: ["X"] }),
  )
  expect(events).toEqual([
    { kind: "start", provider: "here", model: "test-model" },
    { kind: "text", text: "Hel" },
    { kind: "text", text: "lo" },
    {
      kind: "end",
      finish: "stop",
      usage: {
        inputTokens: 8,
        cachedInputTokens: 2,
        cacheWriteTokens: 0,
        outputTokens: 4,
        reasoningTokens: 0,
        isEstimated: false,
      },
    },
  ])
  expect(did[0]).toContain('"build":"never"')
  await provider.close()
})

test("the settings of the request are the library's", async () => {
  const { load, asked } = library()
  const provider = providerOf(load)
  await eventsOf(
    provider.model,
    asking("hi", { maxOutputTokens: 9, temperature: 0.5, topP: 0.9, seed: 3, stop: ["X"] }),
  )
  expect(asked[0]?.ask).toMatchObject({ maxTokens: 9, temperature: 0.5, topP: 0.9, seed: 3, customStopTriggers: ["X"] })
  await provider.close()
})

test("thoughts, calls and the limit are told", async () => {
  const { load } = library((_, ask) => {
    ask.onResponseChunk({ type: "segment", segmentType: "thought", text: "hm" })
    ask.onResponseChunk({ type: "segment", segmentType: "thought", text: "", segmentEndTime: new Date(0) })
    ask.onFunctionCallParamsChunk?.({ callIndex: 0, functionName: "look", paramsChunk: '{"p":1}' })
    return answered("functionCalls", [{ functionName: "look", params: { p: 1 } }, { functionName: "now" }])
  })
  const provider = providerOf(load)
  const tools = [{ name: "look", parameters: { type: "object" } }]
  const events = await eventsOf(provider.model, asking("x", { tools }))
  expect(events.map((event) => event.kind)).toEqual([
    "start",
    "reasoning",
    "reasoning-end",
    "tool-delta",
    "tool-call",
    "tool-call",
    "end",
  ])
  const [delta, first, second] = events.slice(3, 6)
  expect(first).toMatchObject({ name: "look", arguments: '{"p":1}', id: delta?.kind === "tool-delta" ? delta.id : "" })
  expect(second).toMatchObject({ index: 1, name: "now", arguments: "{}" })
  expect(endIn(events).finish).toBe("tool-calls")
  await provider.close()
  const limited = providerOf(library(() => answered("maxTokens")).load)
  expect(endIn(await eventsOf(limited.model, asking("x"))).finish).toBe("length")
  await limited.close()
})

test("a schema becomes a grammar, where the library knows one and no tool is offered", async () => {
  const { load, asked } = library()
  const provider = providerOf(load)
  const output = { name: "a", schema: { type: "object" } }
  await eventsOf(provider.model, asking("x", { output }))
  await eventsOf(provider.model, asking("x", { output: { name: "a", schema: { $ref: "#" } } }))
  await eventsOf(
    provider.model,
    asking("x", { output, tools: [{ name: "t", parameters: {} }], parallelToolCalls: false }),
  )
  expect(asked.map(({ ask }) => ask.grammar)).toEqual([{ grammarOf: { type: "object" } }, undefined, undefined])
  expect(asked[2]?.ask.maxParallelFunctionCalls).toBe(1)
  await provider.close()
})

test("a prompt that does not fit is said, instead of forgetting its beginning; a full context ends the answer", async () => {
  const overflowing =
    (text: string): Generate =>
    async (_, ask) => {
      ask.onResponseChunk({ text })
      ask.contextShift.strategy()
      ask.signal.throwIfAborted()
    }
  const silent = providerOf(library(overflowing("")).load)
  expect((await faultOf(silent.model, asking("x"))).error.fault).toBe("CONTEXT_TOO_LONG")
  const half = providerOf(library(overflowing("half")).load)
  const events = await eventsOf(half.model, asking("x"))
  expect(textIn(events)).toBe("half")
  expect(endIn(events).finish).toBe("length")
  await Promise.all([silent.close(), half.close()])
})

test("calls take turns, and one that waits can be cancelled", async () => {
  const gates: (() => void)[] = []
  const { load, did } = library(async () => {
    await new Promise<void>((resolve) => gates.push(resolve))
    return answered()
  })
  const provider = providerOf(load)
  const first = eventsOf(provider.model, asking("1"))
  const controller = new AbortController()
  const second = eventsOf(provider.model, asking("2"), controller.signal)
  const third = eventsOf(provider.model, asking("3"))
  await expect.poll(() => gates.length).toBe(1)
  controller.abort()
  await expect(second).rejects.toMatchObject({ code: "CANCELLED" })
  gates[0]?.()
  await first
  await expect.poll(() => gates.length).toBe(2)
  gates[1]?.()
  await third
  expect(did.filter((what) => what === "generate")).toHaveLength(2)
  await provider.close()
})

test("firing the signal ends an answer at once, even if the library takes its time", async () => {
  let finish = () => {}
  const { load } = library(async () => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    return answered()
  })
  const provider = providerOf(load)
  const controller = new AbortController()
  const stream = provider.model(asking("x"), controller.signal)[Symbol.asyncIterator]()
  expect((await stream.next()).value).toMatchObject({ kind: "start" })
  controller.abort()
  await expect(stream.next()).rejects.toMatchObject({ code: "CANCELLED" })
  finish()
  await provider.close()
})

test("a file is loaded once for all its users and freed with the last of them", async () => {
  const { load, did } = library()
  const file = modelFile()
  const [one, two] = [providerOf(load, file), providerOf(load, file)]
  await Promise.all([
    eventsOf(one.model, asking("1")),
    eventsOf(two.model, asking("2")),
    eventsOf(one.model, asking("3")),
  ])
  expect(did.filter((what) => what === "load model")).toHaveLength(1)
  await one.close()
  expect(did).not.toContain("dispose model")
  await two.close()
  expect(did.slice(-3)).toEqual(["dispose context", "dispose model", "dispose llama"])
  await expect(eventsOf(two.model, asking("4"))).rejects.toMatchObject({ code: "CANCELLED" })
})

test("nothing is loaded before the first call, and closing what was never used is fine", async () => {
  const { load, did } = library()
  const provider = providerOf(load, modelFile("My-Model-Q4.gguf"))
  const signal = new AbortController().signal
  expect(await provider.listModels(signal)).toEqual([{ id: "My-Model-Q4", kind: "chat" }])
  provider.model(asking("x"), signal)
  await provider.close()
  expect(did).toEqual([])
})

test("a missing package says what to run", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" })
  const { error } = await faultOf(providerOf(() => Promise.reject(missing)).model, asking("x"))
  expect(error.fault).toBe("MODEL_UNKNOWN")
  expect(error.message).toContain("not installed")
  expect(error.hint).toContain("npm install node-llama-cpp")
})

test("the package that is not installed beside us is really looked for", async () => {
  const provider = llamaCppProvider({ name: "here", kind: "llama-cpp", file: modelFile() })
  const { error } = await faultOf(provider.model, asking("x"))
  expect(error.hint).toContain("npm install node-llama-cpp")
})

test("a package that is another one is said", async () => {
  const { error } = await faultOf(providerOf(async () => ({ getLlama: 1 })).model, asking("x"))
  expect(error.message).toContain("getLlama")
})

test.each([
  ["missing", () => join(folder, "nowhere.gguf"), "not there"],
  ["a folder", () => folder, "not a file"],
  ["no GGUF file", () => modelFile("readme.gguf", "# Read me, please"), "not a GGUF file"],
  ["too short", () => modelFile("short.gguf", "GGU"), "not a GGUF file"],
  ["empty", () => modelFile("empty.gguf", ""), "not a GGUF file"],
])("a file that is %s is said before the library is loaded", async (_, file, why) => {
  let isLoaded = false
  const provider = providerOf(async () => {
    isLoaded = true
  }, file())
  const { error } = await faultOf(provider.model, asking("x"))
  expect(error.fault).toBe("MODEL_UNKNOWN")
  expect(error.message).toContain(why)
  await expect(provider.listModels(new AbortController().signal)).rejects.toThrow(why)
  expect(isLoaded).toBe(false)
})

test("a file that can't be loaded frees what was taken, and is tried anew", async () => {
  const { load, did } = library()
  const provider = providerOf(load, modelFile("broken.gguf"))
  for (let i = 0; i < 2; i++) {
    const { error } = await faultOf(provider.model, asking("x"))
    expect(error.message).toContain("wrong tensor count")
  }
  expect(did.filter((what) => what === "dispose llama")).toHaveLength(2)
  await provider.close()
})

test("a model that fails is a fault", async () => {
  const { load } = library(() => {
    throw new Error("Eval has failed")
  })
  const { error } = await faultOf(providerOf(load).model, asking("x"))
  expect(error.fault).toBe("MODEL_FAILED")
  expect(error.message).toContain("Eval has failed")
})

test("settings without a file are said at once", () => {
  expect(() => llamaCppProvider({ name: "here", kind: "llama-cpp" })).toThrow("names no model file")
})

const messages: ModelRequest["messages"] = [
  { role: "system", parts: [{ kind: "text", text: "Be brief." }] },
  { role: "user", parts: [{ kind: "text", text: "go" }] },
  {
    role: "assistant",
    parts: [
      { kind: "reasoning", text: "hm" },
      { kind: "text", text: "Looking." },
      { kind: "tool-call", id: "1", name: "look", arguments: '{"p":1}' },
      { kind: "tool-call", id: "2", name: "look", arguments: "{oops" },
    ],
  },
  {
    role: "tool",
    parts: [{ kind: "tool-result", callId: "1", name: "look", content: [{ kind: "text", text: "seen" }] }],
  },
  {
    role: "tool",
    parts: [
      { kind: "tool-result", callId: "2", name: "look", content: [{ kind: "text", text: "bad" }], isError: true },
    ],
  },
]

test("a call and its result are one thing in the model's turn, and the last turn is the model's", () => {
  const turn = {
    type: "model",
    response: [
      "Looking.",
      { type: "functionCall", name: "look", params: { p: 1 }, result: "seen" },
      { type: "functionCall", name: "look", params: { invalid_json: "{oops" }, result: "Error: bad" },
    ],
  }
  const start = [
    { type: "system", text: "Be brief." },
    { type: "user", text: "go" },
  ]
  expect(llamaHistory(asking("", { messages }))).toEqual([...start, turn])
  const next = { role: "user", parts: [{ kind: "text", text: "more" }] } as const
  expect(llamaHistory(asking("", { messages: [...messages, next] }))).toEqual([
    ...start,
    turn,
    { type: "user", text: "more" },
    { type: "model", response: [] },
  ])
})

test("images are refused, and only the tools that may be called are offered", () => {
  const image = { kind: "image", mediaType: "image/png", source: { kind: "base64", data: "AA" } } as const
  expect(() => llamaHistory(asking("", { messages: [{ role: "user", parts: [image] }] }))).toThrow("takes no images")
  const tools = ["a", "b"].map((name) => ({ name, description: "d", parameters: { type: "object" } }))
  const offered = (toolChoice: ModelRequest["toolChoice"]) =>
    Object.keys(llamaFunctions(asking("", { tools, toolChoice })) ?? {})
  expect(offered("auto")).toEqual(["a", "b"])
  expect(offered({ name: "b" })).toEqual(["b"])
  expect(offered("none")).toEqual([])
})
