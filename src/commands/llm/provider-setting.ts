import { type ConfigChange, changeConfig } from "../../access/config-write.ts"
import { type ProviderSetting, providerNamePattern } from "../../access/llm-settings.ts"
import type { Secrets } from "../../access/secrets.ts"
import { secretsAt } from "../../access/secrets-at.ts"
import { InvalidInputError, NotFoundError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import type { CommandContext, Host } from "../context.ts"

export const secretsOf = (host: Host): Secrets => secretsAt(host)

export const providersOf = (host: Host): Readonly<Record<string, ProviderSetting>> =>
  host.config.load().values["llm.providers"]

/** Changes one provider's part of the user's settings; `value` undefined takes it out. */
export function changeProvider(
  context: CommandContext,
  inside: readonly string[],
  value: unknown,
  isDryRun = false,
): Promise<ConfigChange> {
  return changeConfig({ path: userFile(context.host), source: "user", key: "llm.providers", inside, value, isDryRun })
}

/** The user's own settings file; every host has one. */
export function userFile(host: Host): string {
  const file = host.config.paths().find(({ source }) => source === "user")
  if (!file) throw new InvalidInputError({ message: "There is no settings file for you." })
  return file.path
}

export function checkName(name: string): void {
  if (providerNamePattern.test(name)) return
  throw new InvalidInputError({
    message: `"${name}" can't name a provider: lower-case letters, digits and dashes, at most 40.`,
    hint: "For example: duck llm connect work-vllm --url http://10.0.0.5:8000/v1",
  })
}

export function unknownProvider(name: string, known: readonly string[]): NotFoundError {
  const near = didYouMean(name, known)
  const there = known.length > 0 ? `There are: ${known.join(", ")}.` : "`duck llm connect <provider>` connects one."
  return new NotFoundError({
    code: "UNKNOWN_PROVIDER",
    message: `There is no provider "${name}".`,
    hint: near ? `${near} ${there}` : there,
  })
}
