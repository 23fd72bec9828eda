import { runLocal } from "./local.ts"

// The process of commands that do without a server (`runsIn: "process"`). How it is started: base/wire.ts.

const controller = new AbortController()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => controller.abort())
const { env, stdin, stdout, stderr } = process
process.exitCode = await runLocal(process.argv[2] ?? "", { env, stdin, stdout, stderr, signal: controller.signal })
