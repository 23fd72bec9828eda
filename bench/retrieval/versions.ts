import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"

/**
 * `node bench/retrieval/versions.ts <npm package>[@<major>] <versions> <folder>`: a git repository of the last published
 * versions of a package (of a major version) that ships its sources and a change log; each commit is one version, with what the log says of it as its
 * message. Real changes and real words of their authors, for machines where no histories of repositories are at hand.
 */
const [asked = "", count = "20", folder = ""] = process.argv.slice(2)
const [, name = "", major] = /^(@?[^@]+)(?:@(\d+))?$/.exec(asked) ?? []
if (name === "" || folder === "") {
  console.error("usage: node bench/retrieval/versions.ts <npm package> <versions> <folder>")
  process.exit(2)
}
const logs = ["CHANGELOG.md", "HISTORY.md", "History.md", "CHANGES.md"]
const target = resolve(folder)
const git = (...args: string[]) => execFileSync("git", ["-C", target, ...args], { encoding: "utf8" })
const times = JSON.parse(execFileSync("npm", ["view", name, "time", "--json"], { encoding: "utf8" })) as Record<
  string,
  string
>
const versions = Object.keys(times)
  .filter((version) => /^\d+\.\d+\.\d+$/.test(version) && (!major || version.startsWith(`${major}.`)))
  .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
  .slice(-Number(count))

mkdirSync(target, { recursive: true })
git("init", "-q")
for (const version of versions) {
  const packed = execFileSync("npm", ["pack", `${name}@${version}`, "--silent", "--pack-destination", target], {
    encoding: "utf8",
  }).trim()
  for (const entry of readdirSync(target))
    if (entry !== ".git" && entry !== packed) rmSync(join(target, entry), { recursive: true })
  execFileSync("tar", ["-xzf", join(target, packed), "-C", target, "--strip-components=1"])
  rmSync(join(target, packed))
  const message = messageOf(version)
  for (const log of logs) rmSync(join(target, log), { force: true })
  git("add", "-A", "-f")
  const who = ["-c", "user.name=versions", "-c", "user.email=versions@example.invalid"]
  git(...who, "commit", "-q", "--allow-empty", "-m", message)
  console.log(`${version}: ${message.split("\n")[0]}`)
}

/** The part of the change log under the version's heading, without links and hashes; the log itself is not committed. */
function messageOf(version: string): string {
  const log = logs.map((file) => join(target, file)).find((file) => existsSync(file))
  if (!log) return `Version ${version}`
  const lines = readFileSync(log, "utf8").split("\n")
  const start = lines.findIndex((line) => /^#|^\[?v?\d/.test(line) && line.includes(version))
  if (start < 0) return `Version ${version}`
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^#{1,2} .*\d+\.\d+\.\d+|^\[?v?\d+\.\d+\.\d+/.test(line))
  const entries = rest
    .slice(0, end < 0 ? undefined : end)
    .filter((line) => !/^#|^\s*$|^=+$|Updated dependencies/.test(line))
    .map((line) =>
      line
        .replace(/\(?\[#?[\w-]*\]\([^)]*\)\)?/g, "")
        .replace(/^[\s*-]+(?:feat|fix|perf|chore|breaking|docs)?(?:\([^)]*\))?:?\s*/, "")
        .trim(),
    )
    .filter((line) => line.length > 3)
  return entries.length > 0 ? entries.join("\n") : `Version ${version}`
}
