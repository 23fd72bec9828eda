import Anthropic from "@anthropic-ai/sdk"
import { LLMock } from "@copilotkit/aimock"
import OpenAI from "openai"
import type { Settings } from "../../src/access/settings.ts"
import { type ServerUnderTest, serverUnderTest } from "../../src/server/server.testing.ts"

/** A whole server whose only provider is a scripted one over real HTTP, and the vendors' own clients to speak to it. */
export interface GatewayPlace {
  readonly provider: LLMock
  readonly server: ServerUnderTest
  /** As a user makes them: address and key, nothing else; without retries, so that errors are seen at once. */
  readonly openAi: OpenAI
  readonly anthropic: Anthropic
  close(): Promise<void>
}

/** `script` is called before the provider starts; its models are "mock/..." with "mock/scripted" as the default. */
export async function gatewayPlace(
  script: (provider: LLMock) => void,
  settings: Partial<Settings> = {},
): Promise<GatewayPlace> {
  const provider = new LLMock({ port: 0, chunkSize: 4 })
  script(provider)
  const address = await provider.start()
  const server = await serverUnderTest({
    flags: {
      "llm.providers": { mock: { kind: "openai-chat", url: `${address}/v1`, model: "scripted" } },
      "llm.model": "mock/scripted",
      "llm.retry": { attempts: 1, baseMs: 1, maxMs: 1 },
      ...settings,
    },
  })
  const key = server.file.token
  return {
    provider,
    server,
    openAi: new OpenAI({ apiKey: key, baseURL: `${server.url}/v1`, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: key, baseURL: server.url, maxRetries: 0 }),
    async close() {
      await server.end()
      await provider.stop()
    },
  }
}
