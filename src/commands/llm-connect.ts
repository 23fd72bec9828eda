import { resolve } from "node:path"
import { z } from "zod"
import { type ProviderSetting, providerKindNames } from "../access/llm-settings.ts"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { knownNames, knownPlace } from "../models/coordinator/environment.ts"
import { onlyAtTerminal } from "./at-terminal.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext, Host } from "./context.ts"
import { literal } from "./document.ts"
import { changeProvider, checkName, providersOf, secretsOf } from "./llm/provider-setting.ts"
import { hiddenPrompt, secretOn } from "./llm/typed-secret.ts"

export const llmConnect = defineCommand({
  name: "llm.connect",
  summary: "Connect a provider of models, and keep its key encrypted",
  description:
    "The key is asked for without being shown, or read from standard input or from an environment variable. It is not " +
    "taken as an argument: what stands on a command line can be read by every process and stays in the shell's history. " +
    `Known by name: ${knownNames.join(", ")}; anything else that speaks as OpenAI does needs --url. The connection is ` +
    "tried before anything is kept.",
  examples: [
    { line: "duck llm connect anthropic", says: "asks for the key" },
    { line: "pass show openai | duck llm connect openai --key-stdin", says: "the key from a password manager" },
    { line: "duck llm connect ollama --model qwen3:8b", says: "on this machine, without a key" },
    { line: "duck llm connect work --url http://10.0.0.5:8000/v1", says: "a vLLM, llama.cpp server or the like" },
    { line: "duck llm connect tiny --kind llama-cpp --file ~/models/tiny.gguf", says: "a model in a file" },
  ],
  input: z.object({
    provider: z.string().describe("A known name, or one of your own choice"),
    url: z.string().optional().describe("Its address, up to and with the version: http://host:8000/v1"),
    kind: z.enum(providerKindNames).optional().describe("How it is spoken to; by name or address where left out"),
    model: z.string().min(1).optional().describe("The model to ask there when none is named"),
    file: z.string().min(1).optional().describe("The GGUF file of a llama-cpp model"),
    keyStdin: z.boolean().default(false).describe("Read the key from standard input"),
    keyEnv: z.string().optional().describe("Read the key from this environment variable, once"),
    check: z.boolean().default(true).describe("Try the connection first"),
    dryRun: z.boolean().default(false).describe("Try the connection and show what would change; keep nothing"),
  }),
  output: z.object({
    provider: z.string(),
    kind: z.string(),
    url: z.string().nullable(),
    model: z.string().nullable(),
    key: z.enum(["stored", "kept", "none"]),
    path: z.string(),
    isDryRun: z.boolean(),
    /** It goes over other people's networks without TLS. */
    isKeyInClear: z.boolean(),
    check: z
      .object({
        /** How many models it lists; null where it does not say. */
        models: z.int().nullable(),
        first: z.array(z.string()),
        tookMs: z.number(),
        /** The model is not among those that it lists. */
        isModelUnlisted: z.boolean(),
      })
      .nullable(),
  }),
  positionals: ["provider"],
  permission: "admin",
  runsIn: "process",
  timeoutMs: 0,
  audited: ({ provider }) => ({ provider }),
  async run({ provider: name, check, dryRun, ...given }, context) {
    checkName(name)
    const { host } = context
    const before = providersOf(host)[name]
    const setting = settingOf(name, given, before, context.folder)
    // What is wrong with the settings is said before anyone types a key.
    await changeProvider(context, [name], setting, true)
    const secrets = secretsOf(host)
    const { secretOf } = await import("../models/coordinator/configured.ts")
    // A key is for the place that it was given for: at another address it would be shown to someone else.
    const isStored = secrets.names().includes(secretOf(name)) && before !== undefined && isSamePlace(before, setting)
    const typed = await keyOf({ name, setting, ...given, isStored }, context)
    const key = typed || (isStored ? secrets.get(secretOf(name)) : undefined)
    const [{ checkProvider }, { isLocalAddress }] = await Promise.all([
      import("../models/coordinator/check-provider.ts"),
      import("../models/wire/local-address.ts"),
    ])
    const found = check ? await checkProvider({ name, setting, key, signal: context.signal }) : null
    if (!dryRun && typed) secrets.set(secretOf(name), typed)
    else if (!dryRun && !isStored) secrets.remove(secretOf(name))
    const { path } = await changeProvider(context, [name], setting, dryRun)
    const { url = "" } = setting
    return {
      provider: name,
      kind: setting.kind,
      url: setting.url ?? null,
      model: setting.model ?? null,
      key: typed ? "stored" : isStored ? "kept" : "none",
      path,
      isDryRun: dryRun,
      isKeyInClear: key !== undefined && url.startsWith("http:") && !isLocalAddress(url),
      check: found,
    } as const
  },
  present: ({ provider, kind, url, model, key, path, isDryRun, isKeyInClear, check }) => [
    {
      kind: "paragraph",
      text: isDryRun ? `Would connect **${provider}**; nothing was kept.` : `Connected **${provider}**.`,
      tone: "good",
    },
    {
      kind: "fields",
      entries: [
        ["speaks", kind],
        ...(url === null ? [] : [["at", literal(url)] as const]),
        ["key", { stored: "kept encrypted", kept: "the one that was kept before", none: "none" }[key]],
        ["model", model === null ? "the one that is named, or its usual one" : literal(model)],
        ["settings", literal(path)],
        ...(check === null ? [] : [["found", foundText(check)] as const]),
      ],
    },
    ...(isKeyInClear
      ? [
          {
            kind: "paragraph",
            text: "Without https the key and all prompts can be read on the way there.",
            tone: "warning",
          } as const,
        ]
      : []),
    ...(check?.isModelUnlisted
      ? [{ kind: "paragraph", text: `It does not list ${literal(model ?? "")}.`, tone: "warning" } as const]
      : []),
    {
      kind: "list",
      items: [`\`duck llm test ${provider}\` asks it a question`, "`duck llm status` shows all of them"],
    },
  ],
})

const isSamePlace = (a: ProviderSetting, b: ProviderSetting): boolean => a.kind === b.kind && a.url === b.url

type Given = { [K in "url" | "kind" | "model" | "file"]?: ProviderSetting[K] | undefined }

/** What was given, over what was kept before, over what is known of the name. */
function settingOf(
  name: string,
  { url, kind, model, file }: Given,
  before: ProviderSetting | undefined,
  folder: string,
): ProviderSetting {
  const known = knownPlace(name)
  const spoken = kind ?? before?.kind ?? known?.kind ?? (file ? "llama-cpp" : url ? "openai-chat" : undefined)
  if (spoken === undefined) {
    throw new InvalidInputError({
      message: `"${name}" is not known by name, so its address is needed.`,
      hint: `duck llm connect ${name} --url http://host:8000/v1; by name there are ${knownNames.join(", ")}.`,
    })
  }
  if (spoken === "llama-cpp" && !(file ?? before?.file)) {
    throw new InvalidInputError({ message: "A llama-cpp model is in a file.", hint: "Name it with --file model.gguf." })
  }
  const address = url ?? before?.url ?? known?.url
  if (spoken === "openai-chat" && !address) {
    throw new InvalidInputError({
      message: `${name} needs an address.`,
      hint: "Give it with --url http://host:8000/v1.",
    })
  }
  return {
    ...before,
    kind: spoken,
    ...(address === undefined ? {} : { url: address }),
    ...(model === undefined ? {} : { model }),
    ...(file === undefined ? {} : { file: resolve(folder, file) }),
  }
}

interface KeyWish {
  readonly name: string
  readonly setting: ProviderSetting
  readonly keyStdin: boolean
  readonly keyEnv?: string | undefined
  readonly isStored: boolean
}

/** The key that was given now; "" for none. */
async function keyOf(wish: KeyWish, { host, signal }: CommandContext): Promise<string> {
  const { name, setting, keyStdin, keyEnv, isStored } = wish
  if (keyStdin && keyEnv !== undefined)
    throw new InvalidInputError({ message: "--key-stdin and --key-env don't go together." })
  if (keyEnv !== undefined) return fromVariable(keyEnv, host)
  if (keyStdin) {
    if (!host.stdin) throw onlyAtTerminal("duck llm connect --key-stdin")
    return filled(await secretOn(host.stdin), "on standard input")
  }
  const isVendor = setting.kind === "openai" || setting.kind === "anthropic" || setting.kind === "gemini"
  const mayHaveKey = isVendor || setting.kind === "openai-chat"
  if (!mayHaveKey || isStored) return ""
  if (host.stdin?.isTTY) {
    const question = isVendor ? `Key of ${name} (not shown): ` : `Key of ${name}, if it wants one (not shown): `
    const typed = await hiddenPrompt(question, {
      input: host.stdin,
      write: (text) => process.stderr.write(text),
      signal,
    })
    return isVendor ? filled(typed.trim(), "at the terminal") : typed.trim()
  }
  // A proxy in the vendor's place may want none.
  if (!isVendor || setting.url !== undefined) return ""
  throw new InvalidInputError({
    code: "NO_KEY",
    message: `${name} wants a key, and there is no terminal to ask for it.`,
    hint: `Pipe it in with --key-stdin, or name a variable: duck llm connect ${name} --key-env ${name.toUpperCase()}_API_KEY`,
  })
}

function fromVariable(variable: string, host: Host): string {
  const value = host.env[variable]?.trim()
  if (value) return value
  const looksLikeKey = !/^[A-Za-z_][A-Za-z0-9_]{0,60}$/.test(variable)
  throw new InvalidInputError({
    code: "NO_KEY",
    message: looksLikeKey
      ? "--key-env takes the name of a variable, not a key."
      : `The variable ${variable} is not set.`,
    hint: "For example: --key-env OPENAI_API_KEY. If you have typed a key, renew it: it is in your shell's history now.",
  })
}

function filled(key: string, where: string): string {
  if (key !== "") return key
  throw new InvalidInputError({ code: "NO_KEY", message: `There was no key ${where}.`, hint: "Nothing was changed." })
}

function foundText({
  models,
  first,
  tookMs,
}: {
  models: number | null
  first: readonly string[]
  tookMs: number
}): string {
  const what = models === null ? "it answers" : count(models, "model")
  const names =
    first.length > 0 ? `: ${literal(first.join(", "))}${models && models > first.length ? ", ..." : ""}` : ""
  return `${what}${names} (${Math.round(tookMs)} ms)`
}
