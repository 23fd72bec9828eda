import { z } from "zod"
import type { Member } from "../workspace/members/members.ts"
import type { CommandContext } from "./context.ts"

/** What commands take that work in members of a workspace. `says`: what is done with them. */
export const memberFlag = (says: string) =>
  z.array(z.string().trim().min(1).max(2_000)).max(200).default([]).describe(`${says}, by name or path; all: every one`)

/** The members that are named; empty where none is. Throws MEMBER_NOT_FOUND. */
export async function membersOf(names: readonly string[], context: CommandContext): Promise<readonly Member[]> {
  if (names.length === 0) return []
  const { root } = await context.project()
  const { membersNamed, workspaceMembers } = await import("../workspace/members/members.ts")
  return membersNamed(await workspaceMembers(root, context.signal), names)
}

/** "api", "api and web", "12 members". */
export const spokenMembers = (members: readonly Member[]): string =>
  members.length > 2 ? `${members.length} members` : members.map(({ name }) => name).join(" and ")
