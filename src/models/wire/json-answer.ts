import { StringDecoder } from "node:string_decoder"
import type { z } from "zod"
import { abortReason } from "../../base/signal.ts"
import type { CallFaults } from "./call-faults.ts"
import type { WireLimits } from "./limits.ts"
import type { AnswerHeaders, WireCall, WireSink } from "./transport.ts"

interface JsonAnswerOptions<S extends z.ZodType> {
  readonly send: (sink: WireSink) => WireCall
  readonly schema: S
  readonly faults: CallFaults
  readonly limits: WireLimits
  readonly signal: AbortSignal
}

/** One answer that is not streamed, as the schema's output. The call ends at the provider when the signal fires. */
export function jsonAnswer<S extends z.ZodType>(options: JsonAnswerOptions<S>): Promise<z.output<S>> {
  const { send, schema, faults, limits, signal } = options
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal))
    // Not there yet when a call fails as it is sent.
    let call: WireCall | undefined
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", cancelled)
      call?.abort()
      reject(error)
    }
    const cancelled = () => fail(abortReason(signal))

    const text = new StringDecoder("utf8")
    const parts: string[] = []
    let bytes = 0
    let status = 0
    let headers: AnswerHeaders = {}
    const isError = () => status < 200 || status > 299
    const refused = () => fail(faults.http(status, headers, parts.join("")))

    const sink: WireSink = {
      onStart(startedStatus, startedHeaders) {
        status = startedStatus
        headers = startedHeaders
      },
      onData(chunk) {
        bytes += chunk.length
        if (bytes > limits.answerBytes) {
          return fail(faults.invalid(`sent an answer of more than ${limits.answerBytes} bytes`))
        }
        parts.push(text.write(chunk))
        if (isError() && bytes > limits.errorBytes) refused()
      },
      onEnd() {
        if (isError()) return refused()
        const answer = checked(schema, parts.join("") + text.end())
        if ("wrong" in answer) return fail(faults.invalid(answer.wrong))
        signal.removeEventListener("abort", cancelled)
        resolve(answer.value)
      },
      onError: (error, hasStarted) => fail(hasStarted ? faults.broken(error) : faults.network(error)),
    }
    signal.addEventListener("abort", cancelled, { once: true })
    try {
      call = send(sink)
    } catch (error) {
      // What is thrown here is ours to say: the key can't be sent, the body can't be made.
      fail(error)
    }
  })
}

function checked<S extends z.ZodType>(schema: S, text: string): { value: z.output<S> } | { wrong: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { wrong: `answered with something that is not JSON: ${JSON.stringify(text.slice(0, 80))}` }
  }
  const result = schema.safeParse(value)
  if (result.success) return { value: result.data }
  const issue = result.error.issues[0]
  return { wrong: `sent an answer of another form (${issue?.path.join(".") || "all of it"}: ${issue?.message})` }
}
