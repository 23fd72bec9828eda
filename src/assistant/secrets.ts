import { asDuckError } from "../base/errors.ts"
import type { Logger } from "../observe/log.ts"
import { secretsOfEnvFile } from "../workspace/secrets/env-values.ts"
import { type SecretMasker, secretMasker } from "../workspace/secrets/mask.ts"
import type { Workspace } from "../workspace/workspace.ts"

const envFiles = [".env", ".env.local", ".env.development", ".env.production", ".env.test"]

/** Knows secrets by their shapes, and by value those in the project's `.env` files. */
export async function maskerOf(workspace: Workspace, logger: Logger): Promise<SecretMasker> {
  const known = await Promise.all(
    envFiles.map(async (path) => {
      try {
        return (await workspace.exists(path)) ? secretsOfEnvFile((await workspace.read(path)).text) : []
      } catch (error) {
        logger.warn("a file of secrets could not be read", { path, error: asDuckError(error) })
        return []
      }
    }),
  )
  return secretMasker({ known: known.flat() })
}

/** The arguments of a call, as JSON, with the secrets that their placeholders stand for. */
export const revealed =
  ({ reveal }: SecretMasker) =>
  (args: string): string =>
    args.replaceAll(/\[secret:[^\]\s]+:\d+\]/g, (placeholder) => {
      const secret = reveal(placeholder)
      return secret === undefined ? placeholder : JSON.stringify(secret).slice(1, -1)
    })
