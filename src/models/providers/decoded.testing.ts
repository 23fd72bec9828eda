import { StringDecoder } from "node:string_decoder"
import { ModelError } from "../errors.ts"
import type { ModelEvent } from "../model.ts"
import type { Decoder, DecoderContext, JsonObject } from "../wire/decoder.ts"
import { serverSentEvents } from "../wire/framing.ts"

export const testContext: DecoderContext = {
  provider: "test",
  model: "m",
  fault: (value) => new ModelError({ fault: "MODEL_FAILED", message: JSON.stringify(value) }),
  invalid: (what) => new ModelError({ fault: "MODEL_ANSWER_INVALID", message: what }),
}

/** Server-sent events as a server writes them. */
export const sse = (values: readonly unknown[]): Buffer =>
  Buffer.from(values.map((value) => `event: e\r\ndata: ${JSON.stringify(value)}\r\n\r\n`).join(""))

/** What a decoder makes of a body that arrives cut at these places. */
export function decoded(body: Buffer, cuts: readonly number[], open: (context: DecoderContext) => Decoder) {
  const events: ModelEvent[] = []
  const emit = (event: ModelEvent) => void events.push(event)
  const decoder = open(testContext)
  const framing = serverSentEvents((data, name) => decoder.read(JSON.parse(data) as JsonObject, emit, name), 1_000_000)
  const text = new StringDecoder("utf8")
  let from = 0
  for (const cut of [...cuts, body.length].sort((a, b) => a - b)) {
    framing.feed(text.write(body.subarray(from, cut)))
    from = cut
  }
  framing.end()
  decoder.finish(emit, false)
  return events
}
