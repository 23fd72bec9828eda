import { z } from "zod"
import { asDuckError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { noProviderBlocks } from "./llm/no-provider.ts"
import { unknownProvider } from "./llm/provider-setting.ts"
import { spokenMs } from "./llm/spoken.ts"

export const llmTest = defineCommand({
  name: "llm.test",
  summary: "Ask each provider one small question, and show how long it takes",
  description: "A real call, which may cost a fraction of a cent. The exit code is 1 when one does not answer.",
  examples: [
    { line: "duck llm test", says: "all of them, at the same time" },
    { line: "duck llm test anthropic", says: "one" },
  ],
  input: z.object({ provider: z.string().optional().describe("Only this provider") }),
  output: z.object({
    tests: z.array(
      z.object({
        provider: z.string(),
        /** "provider/model"; null where it did not answer. */
        model: z.string().nullable(),
        tookMs: z.number().nullable(),
        error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
      }),
    ),
  }),
  positionals: ["provider"],
  permission: "read",
  async run({ provider }, { host, signal, progress }) {
    const { providers } = await host.models.status()
    const names = providers.map(({ name }) => name)
    if (provider !== undefined && !names.includes(provider)) throw unknownProvider(provider, names)
    const asked = provider === undefined ? names : [provider]
    let done = 0
    const test = async (name: string) => {
      try {
        return { provider: name, ...(await host.models.probe(name, signal)) }
      } catch (thrown) {
        if (signal.aborted) throw thrown
        const { code, message, hint } = asDuckError(thrown)
        const error = { code, message, ...(hint === undefined ? {} : { hint }) }
        return { provider: name, model: null, tookMs: null, error }
      } finally {
        done += 1
        progress({ phase: "test", done, total: asked.length, message: `Asked ${name}` })
      }
    }
    return { tests: await Promise.all(asked.map(test)) }
  },
  present: ({ tests }) =>
    tests.length === 0
      ? noProviderBlocks
      : [
          {
            kind: "table",
            columns: [{ title: "provider" }, { title: "" }, { title: "model" }, { title: "took", align: "right" }],
            rows: tests.map(({ provider, model, tookMs, error }) => [
              literal(provider),
              error ? "**FAILED**" : "ok",
              literal(model ?? ""),
              tookMs === null ? "" : spokenMs(tookMs),
            ]),
          },
          ...tests.flatMap(({ provider, error }): Block[] =>
            error
              ? [
                  { kind: "paragraph", text: literal(`${provider}: ${error.message}`), tone: "bad" },
                  ...(error.hint ? [{ kind: "paragraph", text: literal(error.hint) } as const] : []),
                ]
              : [],
          ),
        ],
  exitCode: ({ tests }) => (tests.length === 0 || tests.some(({ error }) => error) ? 1 : 0),
})
