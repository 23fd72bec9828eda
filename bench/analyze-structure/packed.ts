import { execFileSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"

const timeoutMs = 60_000

/** Published archives of npm packages (`name@version`), each unpacked into a folder of that name. */
export function unpacked(names: readonly string[], folder: string): void {
  for (const name of names) {
    execFileSync("npm", ["pack", name, "--silent"], { cwd: folder, stdio: "pipe", timeout: timeoutMs })
    const to = join(folder, name)
    mkdirSync(to, { recursive: true })
    const archive = `${name
      .replace(/^@/, "")
      .replaceAll("/", "-")
      .replace(/@(?=[^@]*$)/, "-")}.tgz`
    execFileSync("tar", ["-xzf", archive, "-C", to, "--strip-components=1"], {
      cwd: folder,
      stdio: "pipe",
      timeout: timeoutMs,
    })
  }
}
