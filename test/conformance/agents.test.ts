import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { ChatCompletionRequest, LLMock } from "@copilotkit/aimock"
import { afterEach, describe, expect, test } from "vitest"
import { type AgentPlace, agentPlace, missing } from "./agents.testing.ts"
import { type GatewayPlace, gatewayPlace } from "./gateway.testing.ts"

// Real coding agents, each with one small task through the gateway: a file is written by a tool call, its result goes
// back, and the answer comes to the terminal. The provider behind is scripted; the agents don't know.

const task = "Write quack into said.txt."
const answer = "I wrote it: quack."

let gateway: GatewayPlace | undefined
let place: AgentPlace | undefined
afterEach(async () => {
  await gateway?.close()
  place?.remove()
  gateway = place = undefined
})

/** Calls the agent's own tool where there is no result yet, and then answers; what asks without tools wants a title. */
const script = (tool: string, args: Record<string, unknown>) => (provider: LLMock) => {
  const hasTool = (request: ChatCompletionRequest) => request.tools?.some((one) => one.function?.name === tool) ?? false
  const hasResult = (request: ChatCompletionRequest) => request.messages.some(({ role }) => role === "tool")
  provider.on({ predicate: (request) => hasTool(request) && hasResult(request) }, { content: answer })
  provider.on({ predicate: hasTool }, { toolCalls: [{ name: tool, arguments: args }] })
  provider.on({ predicate: () => true }, { content: "A title" })
}

async function open(tool: string, args: (work: string) => Record<string, unknown>) {
  place = agentPlace()
  gateway = await gatewayPlace(script(tool, args(place.work)))
  return { place, url: gateway.server.url, token: gateway.server.file.token }
}

const written = (work: string) => readFileSync(join(work, "said.txt"), "utf8").trim()

function noteSkip(why: string | undefined): boolean {
  if (why !== undefined) console.warn(`skipped: ${why}`)
  return why !== undefined
}

describe.skipIf(noteSkip(missing("codex")))("Codex", () => {
  test("does its task through /v1/responses", async () => {
    const { place, url, token } = await open("exec_command", () => ({ cmd: "echo quack > said.txt" }))
    place.configure(
      ".codex/config.toml",
      `model = "mock/scripted"
model_provider = "duck"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[model_providers.duck]
name = "RubberDuck"
base_url = "${url}/v1"
env_key = "DUCK_TOKEN"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[analytics]
enabled = false
[features]
plugins = false
remote_plugin = false
apps = false
skill_search = false
`,
    )
    const said = await place.run("codex", ["exec", "--skip-git-repo-check", task], { DUCK_TOKEN: token })
    expect(said).toContain(answer)
    expect(written(place.work)).toBe("quack")
  })
})

describe.skipIf(noteSkip(missing("opencode")))("opencode", () => {
  test.each([
    ["/v1/chat/completions", "@ai-sdk/openai-compatible"],
    ["/v1/messages", "@ai-sdk/anthropic"],
  ])("does its task through %s", async (_path, npm) => {
    const { place, url, token } = await open("write", (work) => ({
      filePath: join(work, "said.txt"),
      content: "quack",
    }))
    const config = place.configure(
      "opencode.json",
      JSON.stringify({
        autoupdate: false,
        share: "disabled",
        model: "duck/mock/scripted",
        small_model: "duck/mock/scripted",
        enabled_providers: ["duck"],
        permission: { "*": "allow" },
        provider: {
          duck: {
            npm,
            name: "RubberDuck",
            options: { baseURL: `${url}/v1`, apiKey: "{env:DUCK_TOKEN}" },
            models: { "mock/scripted": { name: "Scripted", limit: { context: 100_000, output: 4_000 } } },
          },
        },
      }),
    )
    const said = await place.run("opencode", ["run", "--format", "json", task], {
      DUCK_TOKEN: token,
      OPENCODE_CONFIG: config,
      // Without these it asks for its catalogue of models, a newer version, language servers and its plugins.
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
      OPENCODE_PURE: "1",
    })
    expect(said).toContain(answer)
    expect(written(place.work)).toBe("quack")
  })
})
