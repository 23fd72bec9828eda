import { asDuckError } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"
import type { Workspace } from "../workspace.ts"
import { secretsOfEnvFile } from "./env-values.ts"
import { type SecretMasker, secretMasker } from "./mask.ts"

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
