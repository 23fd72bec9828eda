import { gitText, NoGitError } from "./git-run.ts"

const variables: ReadonlyMap<string, readonly string[]> = new Map([
  ["user.name", ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"]],
  ["user.email", ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"]],
])

/**
 * Who commits in a folder, as git finds it in the user's settings, for a program that must not see those: environment
 * variables with name and address, and nothing else. What nobody has set is left out; git then says so itself.
 */
export async function gitIdentity(folder: string): Promise<Record<string, string>> {
  const identity: Record<string, string> = {}
  for (const [key, value] of await settingsOf(folder)) {
    // Of several values the last one counts.
    for (const name of variables.get(key) ?? []) identity[name] = value
  }
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== ""))
}

/** Names are in lower case; a setting that has no value at all has an empty one. */
async function settingsOf(folder: string): Promise<(readonly [key: string, value: string])[]> {
  const args = ["config", "--null", "--get-regexp", "^user\\.(name|email)$"]
  try {
    const text = await gitText({ cwd: folder, args, okCodes: [0, 1] })
    return text.split("\0").map((entry) => {
      const [key = "", ...value] = entry.split("\n")
      return [key, value.join("\n").trim()] as const
    })
  } catch (error) {
    if (error instanceof NoGitError) return []
    throw error
  }
}
