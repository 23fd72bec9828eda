import { chmodSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { onTestFinished, type TestContext } from "vitest"
import type { SandboxPolicy } from "../../src/workspace/processes/policy.ts"
import { openProcesses } from "../../src/workspace/processes/processes.ts"
import { fill, git, treeWith } from "../../src/workspace/tree.testing.ts"

export const token = "duck_this-is-the-token-of-the-server"

/** A project with git beside a home with secrets, RubberDuck's data folder, and a neighbour. */
export async function scene(policy: Partial<SandboxPolicy> = {}, env: NodeJS.ProcessEnv = {}) {
  const around = treeWith({
    "home/.ssh/id_rsa": "the private key",
    "home/.aws/credentials": "the aws key",
    "home/.bashrc": "# mine\n",
    "home/.local/bin/tool": "#!/bin/sh\necho tool\n",
    "data/token": token,
    "neighbour/file.txt": "neighbour",
    "project/src/main.ts": "main\n",
  })
  const at = (path: string) => join(around, path)
  chmodSync(at("home/.local/bin/tool"), 0o755)
  git(at("project"), "init", "--quiet")
  mkdirSync(at("project/.git/hooks"), { recursive: true })
  fill(at("project"), { ".git/hooks/pre-commit.sample": "sample\n" })
  const processes = await openProcesses({
    root: at("project"),
    policy: { hidden: [at("data")], ...policy },
    outputFolder: at("data/runs"),
    recordFolder: at("data/running"),
    audit: () => {},
    env: { ...process.env, HOME: at("home"), ...env },
  })
  onTestFinished(() => processes.close())
  return { around, at, root: at("project"), processes }
}

/** Skips a test, saying why, where bubblewrap can't be had. */
export async function needsBubblewrap(
  context: TestContext,
  { processes }: Pick<Awaited<ReturnType<typeof scene>>, "processes">,
): Promise<void> {
  const { kind, what } = await processes.protection()
  if (kind !== "bubblewrap") context.skip(`SKIPPED: escapes from bubblewrap were not tried here. ${what[0]}`)
}
