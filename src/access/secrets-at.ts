import type { Folders } from "../base/folders.ts"
import type { ConfigReader } from "./config-reader.ts"
import { keychain } from "./keychain.ts"
import { type KeyStore, keyFile } from "./keyring.ts"
import { openSecrets, type Secrets } from "./secrets.ts"

/** The secrets of a data folder, their key held where the setting `secrets.keyIn` wants it. Nothing is read yet. */
export function secretsAt({
  folders,
  config,
  env,
}: {
  readonly folders: Pick<Folders, "data">
  readonly config: ConfigReader
  readonly env: NodeJS.ProcessEnv
}): Secrets {
  const file = () => keyFile(folders.data)
  const chain = () => keychain({ dataFolder: folders.data, env })
  return openSecrets({
    folder: folders.data,
    stores: () => (config.load().values["secrets.keyIn"] === "keychain" ? [chain(), file()] : [file(), ifThere(chain)]),
  })
}

/** Where it is only looked into for a key that may have been left there, a keychain that can't be asked holds none. */
function ifThere(open: () => KeyStore): KeyStore {
  const quietly = <T>(use: (store: KeyStore) => T): T | undefined => {
    try {
      return use(open())
    } catch {
      return undefined
    }
  }
  return {
    name: "the keychain",
    read: () => quietly((store) => store.read()),
    write: (ring) => open().write(ring),
    remove: () => quietly((store) => store.remove()),
  }
}
