#!/usr/bin/env node
// Starts the command line on the right Node. This file alone must run on older ones (18 and later), so it is plain
// JavaScript with nothing imported but what every Node has.
import { existsSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const neededMajor = 26
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2)

if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version}\n`)
} else if (majorOf(process.versions.node) >= neededMajor) {
  await startHere()
} else {
  await startOn(nodeOfCheckout())
}

async function startHere() {
  const cli = join(root, "dist", "cli.js")
  if (!existsSync(cli)) {
    leave(
      "RubberDuck is not built yet.",
      `Run \`npm ci\` in ${root} (or \`npm run build\`, when its packages are there).`,
    )
  }
  const { enableCompileCache } = await import("node:module")
  const cache = cacheFolder()
  // A folder that can't be written only costs speed; it never throws.
  if (cache) enableCompileCache(cache)
  const { main } = await import(pathToFileURL(cli).href)
  await main(args)
}

/** Replaces this process by the same command on `node`; where Node can't do that, a child that behaves like it. */
async function startOn(node) {
  if (!node) {
    leave(
      `RubberDuck needs Node ${neededMajor} or later, and this is ${process.versions.node}.`,
      `Run \`npm ci\` in ${root}: it brings its own Node. Or install Node ${neededMajor}, or name one with DUCK_NODE=/path/to/node.`,
    )
  }
  const line = [fileURLToPath(import.meta.url), ...args]
  if (typeof process.execve === "function") {
    try {
      process.execve(node, [node, ...line], process.env)
    } catch {
      // Not on this system (Windows): the child below does.
    }
  }
  const { spawn } = await import("node:child_process")
  const child = spawn(node, line, { stdio: "inherit" })
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.on("error", (error) => {
    leave(
      `RubberDuck's own Node does not start: ${error.message}.`,
      `Run \`npm ci\` in ${root} on this machine, or name another Node >= ${neededMajor} with DUCK_NODE=/path/to/node.`,
    )
  })
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code)
    for (const each of signals) process.removeAllListeners(each)
    process.kill(process.pid, signal)
  })
}

/** The npm package `node` beside us: in our own node_modules, or beside this package when it is a dependency. */
function nodeOfCheckout() {
  const name = process.platform === "win32" ? "node.exe" : "node"
  const named = process.env.DUCK_NODE
  // Guards against a DUCK_NODE that is too old, which would start itself for ever.
  if (named && process.env.DUCK_NODE_TRIED !== named) {
    process.env.DUCK_NODE_TRIED = named
    return named
  }
  const places = [join(root, "node_modules")]
  if (basename(dirname(root)) === "node_modules") places.push(dirname(root))
  return places.map((folder) => join(folder, "node", "bin", name)).find((path) => existsSync(path))
}

/**
 * Compiled code is kept in the user's own cache folder: a shared one in /tmp could be filled by somebody else. Not under
 * DUCK_HOME, which only the server makes, for its owner alone.
 */
function cacheFolder() {
  const { XDG_CACHE_HOME, HOME, NODE_COMPILE_CACHE } = process.env
  if (NODE_COMPILE_CACHE) return NODE_COMPILE_CACHE
  const base = XDG_CACHE_HOME || (HOME ? join(HOME, ".cache") : "")
  return base ? join(base, "rubberduck", "compiled") : undefined
}

function majorOf(version) {
  return Number(version.split(".")[0])
}

function leave(message, hint) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`)
  process.exit(3)
}
