import { spawn } from "node:child_process"

/** Runs a program that the person has set, as their shell would, with a file and the terminal; gives its exit code. */
export function shellRun(program: string, path: string, env: NodeJS.ProcessEnv): Promise<number> {
  // A shell, because what people set has arguments and quotes; the path is none of its words.
  const child = spawn("/bin/sh", ["-c", `${program} "$1"`, "sh", path], { stdio: "inherit", env })
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => resolve(code ?? 1))
  })
}
