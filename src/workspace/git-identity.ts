import { gitText, NoGitError } from "./git-run.ts"

const variables = {
  "user.name": ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"],
  "user.email": ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"],
} as const

/**
 * Who commits in a folder, as git finds it in the user's settings, for a program that must not see those: environment
 * variables with name and address, and nothing else. What nobody has set is left out; git then says so itself.
 */
export async function gitIdentity(folder: string): Promise<Record<string, string>> {
  const identity: Record<string, string> = {}
  for (const [key, names] of Object.entries(variables)) {
    const value = await settingOf(folder, key)
    if (value !== "") for (const name of names) identity[name] = value
  }
  return identity
}

async function settingOf(folder: string, key: string): Promise<string> {
  try {
    return (await gitText({ cwd: folder, args: ["config", "--get", key], okCodes: [0, 1] })).trim()
  } catch (error) {
    if (error instanceof NoGitError) return ""
    throw error
  }
}
