/** One server-sent event; `data` is the joined data lines. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

/**
 * Reads a `text/event-stream` from chunks of text cut anywhere. Comments, ids and retry lines are skipped; an event that
 * the end of the stream cut off is dropped, as the specification says
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).
 */
export async function* eventStream(chunks: AsyncIterable<string>): AsyncGenerator<ServerSentEvent> {
  let rest = ""
  let event = ""
  let data: string[] = []
  for await (const chunk of chunks) {
    rest += chunk
    // A chunk that ends in \r may be half of \r\n: that \r waits for what follows.
    const lines = rest.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ""
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { event: event || "message", data: data.join("\n") }
        event = ""
        data = []
        continue
      }
      const colon = line.indexOf(":")
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? "" : line.slice(line.charAt(colon + 1) === " " ? colon + 2 : colon + 1)
      if (field === "event") event = value
      else if (field === "data") data.push(value)
    }
  }
}
