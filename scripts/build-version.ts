import { createHash } from "node:crypto"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Plugin } from "rolldown"

/**
 * "0.1.0+1a2b3c4d": the package's version and a hash of what it is built from. Client and server compare it, so that the
 * first command after a rebuild replaces an idle server of the build before; `+` is semver's build metadata.
 */
export function buildVersion(root: string): string {
  const hash = createHash("sha256")
  const files = globSync("src/**/*.ts", { cwd: root }).filter((path) => !/\.(test|testing)\.ts$/.test(path))
  for (const path of [...files.sort(), "package-lock.json", "package.json"]) {
    hash.update(`${path}\0`).update(readFileSync(join(root, path)))
  }
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }
  return `${version}+${hash.digest("hex").slice(0, 8)}`
}

/** Puts that version in the place of the package's in `src/base/version.ts`. */
export function withVersion(version: string): Plugin {
  return {
    name: "build-version",
    load: {
      filter: { id: /[\\/]src[\\/]base[\\/]version\.ts$/ },
      handler: () => ({ code: `export const version = ${JSON.stringify(version)}`, moduleType: "js" }),
    },
  }
}
