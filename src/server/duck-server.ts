import { join } from "node:path"
import { parseArgs } from "node:util"
import { mistake } from "../access/config.ts"
import { configReader } from "../access/config-reader.ts"
import type { Settings } from "../access/settings.ts"
import { asDuckError, exitCodeOf, exitCodes, InvalidInputError } from "../base/errors.ts"
import { foldersOf } from "../base/folders.ts"
import { fileSink, logger, stderrSink } from "../observe/log.ts"
import { startServer } from "./server.ts"

// The server's process. It is ready when `server.json` names it; how it says that it can't start: base/wire.ts.
try {
  const { flags, isDebug } = readFlags(process.argv.slice(2))
  const folders = foldersOf()
  const level = isDebug ? "debug" : configReader({ folders, flags }).load().values["log.level"]
  const onFailure = (error: unknown) => stderrSink(`The log file can't be written: ${asDuckError(error).message}`)
  const sinks = [fileSink(join(folders.state, "server.log"), { onFailure }), ...(isDebug ? [stderrSink] : [])]
  const log = logger({ level, sinks }).with({ pid: process.pid })

  const starting = startServer({ folders, flags, logger: log })
  const stop = (why: string) => {
    starting.then((server) => server.stop(why)).catch((error) => log.error("stop failed", { error }))
  }
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stop(signal))
  const server = await starting
  process.stdout.write(`RubberDuck ${server.file.version} listens on ${server.url} for ${folders.data}\n`)

  // A promise nobody waits for has failed: a fault of one request, for which the others must not die.
  process.on("unhandledRejection", (error) => log.error("unhandled rejection", { error }))
  process.on("uncaughtException", (error) => {
    log.error("uncaught exception", { error })
    process.exitCode = 1
    stop("uncaught exception")
  })
  await server.closed
  process.exit()
} catch (thrown) {
  const error = asDuckError(thrown)
  // `duck serve`: a person reads it. Otherwise the client that started us does.
  const isForeground = process.argv.includes("--foreground")
  const spoken = `error: ${error.message}\n${error.hint ? `hint: ${error.hint}\n` : ""}`
  process.stderr.write(isForeground ? spoken : `${JSON.stringify({ startError: error.toJSON() })}\n`)
  process.exit(error.code === "FOLDER_HELD" ? exitCodes.unavailable : exitCodeOf(error))
}

function readFlags(args: string[]): { flags: Partial<Settings>; isDebug: boolean } {
  const values = parsed(args)
  const flags = {
    ...(values.port === undefined ? {} : { "server.port": Number(values.port) }),
    ...(values["idle-minutes"] === undefined ? {} : { "server.idleMinutes": Number(values["idle-minutes"]) }),
  }
  for (const key of ["server.port", "server.idleMinutes"] as const) {
    const wrong = flags[key] === undefined ? undefined : mistake(key, flags[key])
    if (wrong) throw new InvalidInputError({ message: wrong })
  }
  return { flags, isDebug: values.debug }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: "string" },
        "idle-minutes": { type: "string" },
        debug: { type: "boolean", default: false },
        foreground: { type: "boolean", default: false },
      },
    }).values
  } catch (cause) {
    throw new InvalidInputError({ message: (cause as Error).message, hint: "See `duck help serve`.", cause })
  }
}
