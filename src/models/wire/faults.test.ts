import { expect, test } from "vitest"
import type { ModelFault } from "../errors.ts"
import { type FaultContext, httpFault, streamFault } from "./faults.ts"
import { redactor } from "./redact.ts"

const context: FaultContext = {
  provider: "work",
  kind: "openai-chat",
  model: "m1",
  address: "https://models.example/v1/chat/completions",
  redact: redactor(["sk-secret-0123456789"]),
}
const faultOf = (status: number, body: unknown, headers = {}) =>
  httpFault({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) }, context, 0)

/** As the servers write them: who, status, body, what it means. */
const said: readonly (readonly [string, number, unknown, ModelFault])[] = [
  ["OpenAI", 401, { error: { message: "Incorrect API key provided", code: "invalid_api_key" } }, "MODEL_UNAUTHORIZED"],
  ["any", 403, { error: { message: "You may not use this model" } }, "MODEL_UNAUTHORIZED"],
  ["xAI", 400, { code: "x", error: "Incorrect API key provided: ab***c" }, "MODEL_UNAUTHORIZED"],
  [
    "Google",
    400,
    [{ error: { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" } }],
    "MODEL_UNAUTHORIZED",
  ],
  ["OpenAI", 404, { error: { message: "The model `x` does not exist", code: "model_not_found" } }, "MODEL_UNKNOWN"],
  ["Ollama", 404, { error: 'model "x" not found, try pulling it first' }, "MODEL_UNKNOWN"],
  ["OpenRouter", 400, { error: { message: "x/y is not a valid model ID", code: 400 } }, "MODEL_UNKNOWN"],
  ["a wrong path", 404, "404 page not found", "MODEL_UNKNOWN"],
  [
    "OpenAI",
    400,
    { error: { message: "This model's maximum context length is 8192 tokens.", code: "context_length_exceeded" } },
    "CONTEXT_TOO_LONG",
  ],
  [
    "OpenAI responses",
    400,
    { error: { message: "Your input exceeds the context window of this model. Please adjust your input." } },
    "CONTEXT_TOO_LONG",
  ],
  [
    "vLLM",
    400,
    {
      object: "error",
      message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
      type: "BadRequestError",
      param: null,
      code: 400,
    },
    "CONTEXT_TOO_LONG",
  ],
  [
    "vLLM",
    400,
    { error: { message: "The decoder prompt (length 5000) is longer than the maximum model length of 4096." } },
    "CONTEXT_TOO_LONG",
  ],
  [
    "llama.cpp",
    400,
    {
      error: {
        code: 400,
        message: "the request exceeds the available context size. try increasing the context size",
        type: "exceed_context_size_error",
      },
    },
    "CONTEXT_TOO_LONG",
  ],
  [
    "LM Studio",
    400,
    {
      error: "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with 4096",
    },
    "CONTEXT_TOO_LONG",
  ],
  ["Ollama", 400, { error: "the input length exceeds the context length" }, "CONTEXT_TOO_LONG"],
  ["Ollama", 400, { error: "prompt too long; exceeded max context length by 200 tokens" }, "CONTEXT_TOO_LONG"],
  [
    "OpenRouter",
    400,
    {
      error: {
        code: 400,
        message: "Provider returned error",
        metadata: { raw: '{"error":{"message":"This endpoint\'s maximum context length is 131072 tokens."}}' },
      },
    },
    "CONTEXT_TOO_LONG",
  ],
  [
    "Anthropic",
    400,
    { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 210000 tokens > 200000" } },
    "CONTEXT_TOO_LONG",
  ],
  [
    "Google",
    400,
    { error: { message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)." } },
    "CONTEXT_TOO_LONG",
  ],
  ["a proxy", 413, "Request Entity Too Large", "CONTEXT_TOO_LONG"],
  [
    "Azure",
    400,
    {
      error: {
        message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        code: "content_filter",
      },
    },
    "CONTENT_REFUSED",
  ],
  [
    "OpenRouter",
    403,
    { error: { code: 403, message: "Your input was flagged", metadata: { reasons: ["violence"] } } },
    "CONTENT_REFUSED",
  ],
  ["OpenAI", 429, { error: { message: "You exceeded your current quota", code: "insufficient_quota" } }, "MODEL_QUOTA"],
  ["OpenRouter", 402, { error: { code: 402, message: "Insufficient credits" } }, "MODEL_QUOTA"],
  [
    "Anthropic",
    400,
    { error: { type: "invalid_request_error", message: "Your credit balance is too low to access the API" } },
    "MODEL_QUOTA",
  ],
  [
    "OpenAI",
    429,
    { error: { message: "Rate limit reached for m1", code: "rate_limit_exceeded" } },
    "MODEL_RATE_LIMITED",
  ],
  [
    "Google",
    429,
    { error: { code: 429, message: "You exceeded your current quota", status: "RESOURCE_EXHAUSTED" } },
    "MODEL_RATE_LIMITED",
  ],
  ["Anthropic", 529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "MODEL_OVERLOADED"],
  ["llama.cpp", 503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }, "MODEL_OVERLOADED"],
  ["Ollama", 503, { error: "server busy, please try again. maximum pending requests exceeded" }, "MODEL_OVERLOADED"],
  ["a proxy", 408, "", "MODEL_TIMEOUT"],
  ["a proxy", 502, "<!doctype html><title>Bad Gateway</title>", "MODEL_FAILED"],
  ["any", 500, { error: { message: "boom" } }, "MODEL_FAILED"],
  ["FastAPI", 422, { detail: [{ loc: ["body", "seed"], msg: "Input should be a number" }] }, "MODEL_REQUEST_INVALID"],
  ["OpenAI", 400, { error: { message: "Invalid 'tools[0]'", param: "tools[0]" } }, "MODEL_REQUEST_INVALID"],
  ["any", 307, "", "MODEL_ANSWER_INVALID"],
]

test.each(said)("%s: %i %j", (_, status, body, fault) => {
  const error = faultOf(status, body)
  expect(error.fault).toBe(fault)
  expect(error).toMatchObject({ provider: "work", model: "m1", details: { providerStatus: status } })
  expect(error.hint).not.toBe("")
})

test("an error inside a stream is told apart as one outside", () => {
  const cases: readonly (readonly [unknown, ModelFault])[] = [
    [{ error: { message: "Rate limit reached", type: "rate_limit_error" } }, "MODEL_RATE_LIMITED"],
    [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "MODEL_OVERLOADED"],
    [{ error: { code: 502, message: "Provider disconnected" } }, "MODEL_FAILED"],
    [{ error: { code: 429, message: "slow down" } }, "MODEL_RATE_LIMITED"],
    [{ error: { message: "maximum context length is 10", code: "context_length_exceeded" } }, "CONTEXT_TOO_LONG"],
    [{ error: "an error was encountered while running the model: CUDA" }, "MODEL_FAILED"],
    [{ type: "error", code: "server_error", message: "boom" }, "MODEL_FAILED"],
  ]
  for (const [value, fault] of cases) expect(streamFault(value, context).fault).toBe(fault)
})

test("a fault of the server is its own, whatever it quotes", () => {
  expect(faultOf(502, { error: { message: "upstream said: maximum context length" } }).fault).toBe("MODEL_FAILED")
})

test("what the provider says is shown, its web pages are not, and no key is", () => {
  expect(faultOf(400, { error: { message: "Bad tool" } }).message).toBe("work did not accept the request: Bad tool")
  expect(faultOf(502, "<html><body>nginx</body></html>").message).toBe("work failed: the answer is a web page")
  expect(faultOf(500, "").message).toBe("work failed: HTTP 500")
  const leaky = faultOf(401, {
    error: { message: "Incorrect API key provided: sk-secret-0123456789", param: "sk-secret-0123456789" },
  })
  expect(JSON.stringify([leaky, leaky.message])).not.toContain("secret-0123")
})

test("the pause that a provider asks for is known in each of its forms", () => {
  const google = { error: { code: 429, status: "RESOURCE_EXHAUSTED", details: [{ retryDelay: "1.5s" }] } }
  expect(faultOf(429, "", { "retry-after": "2" }).retryAfterMs).toBe(2000)
  expect(faultOf(429, "", { "retry-after": "0.25" }).retryAfterMs).toBe(250)
  expect(faultOf(429, "", { "retry-after-ms": "120", "retry-after": "1" }).retryAfterMs).toBe(120)
  expect(faultOf(503, "", { "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }).retryAfterMs).toBe(9000)
  expect(faultOf(429, google).retryAfterMs).toBe(1500)
  expect(faultOf(429, "", { "retry-after": "-5" }).retryAfterMs).toBeUndefined()
  expect(faultOf(429, "", { "retry-after": "soon" }).retryAfterMs).toBeUndefined()
})

test("a date that has passed asks for no pause", () => {
  const headers = { "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }
  expect(httpFault({ status: 429, headers, body: "" }, context, 20_000).retryAfterMs).toBe(0)
})
