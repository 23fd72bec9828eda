import type { Message, ModelRequest } from "../model.ts"

/** Not in the system's name: providers with one system prompt put that in front, where it would say nothing of the end. */
const goOn: Message = {
  role: "user",
  parts: [
    {
      kind: "text",
      text:
        "The connection broke and your answer above was cut off where it ends now. Continue it exactly there, with the next " +
        "character, as if nothing had happened: repeat nothing, do not begin anew, and do not mention this message.",
    },
  ],
  section: "continuation",
}

const charsInToken = 4
/** Fewer than this some providers refuse. */
const fewestTokens = 16

/** The request for the rest of an answer of which `shown` was given. */
export function continuation(request: ModelRequest, shown: string): ModelRequest {
  // Providers refuse messages of nothing but spaces, and there is nothing to go on from.
  if (shown.trim() === "") return request
  const { maxOutputTokens } = request
  const left = maxOutputTokens && Math.max(fewestTokens, maxOutputTokens - Math.ceil(shown.length / charsInToken))
  return {
    ...request,
    maxOutputTokens: left,
    messages: [...request.messages, { role: "assistant", parts: [{ kind: "text", text: shown }] }, goOn],
  }
}
