import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { secretsOf } from "./llm/provider-setting.ts"

export const llmRotateKeys = defineCommand({
  name: "llm.rotate-keys",
  summary: "Encrypt the kept keys of providers under a new key",
  description:
    "The keys of the providers stay what they are. The one they are encrypted under is made anew, where the setting " +
    "secrets.keyIn wants it (a file, or the system's keychain), and the old one is forgotten. It can be cut off at any " +
    "moment without a loss.",
  examples: [
    { line: "duck llm rotate-keys", says: "after a backup got into wrong hands" },
    { line: "duck config set secrets.keyIn keychain && duck llm rotate-keys", says: "moves the key into the keychain" },
  ],
  input: z.object({
    dryRun: z.boolean().default(false).describe("Only see whether all of them can be read, and change nothing"),
  }),
  output: z.object({ secrets: z.int(), keyIn: z.enum(["file", "keychain"]), isDryRun: z.boolean() }),
  permission: "admin",
  runsIn: "process",
  async run({ dryRun }, { host }) {
    const keyIn = host.config.load().values["secrets.keyIn"]
    const kept = secretsOf(host)
    if (!dryRun) return { secrets: kept.rotate(), keyIn, isDryRun: false }
    for (const name of kept.names()) kept.get(name)
    return { secrets: kept.names().length, keyIn, isDryRun: true }
  },
  present: ({ secrets, keyIn, isDryRun }) => {
    const verb = isDryRun ? "would be" : secrets === 1 ? "is" : "are"
    return [
      { kind: "paragraph", text: `${count(secrets, "key")} ${verb} encrypted under a new one, held in the ${keyIn}.` },
    ]
  },
})
