/** The largest things a provider may send; what is larger is not an answer but a fault (MODEL_ANSWER_INVALID). */
export interface WireLimits {
  /** One line or event of a stream, in UTF-16 code units. */
  readonly eventLength: number
  /** All of an answer, streamed or not. */
  readonly answerBytes: number
  /** What is read of the body of an error; the rest is dropped. */
  readonly errorBytes: number
}

export const wireLimits: WireLimits = {
  // An image of a model's own making, or a tool call that writes a large file, comes as one event.
  eventLength: 16 * 1024 * 1024,
  answerBytes: 128 * 1024 * 1024,
  errorBytes: 64 * 1024,
}
