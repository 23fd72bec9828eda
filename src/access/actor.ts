/** What someone may do. Each includes the ones before it. */
export type Permission = "read" | "write" | "admin"

const ranks: Record<Permission, number> = { read: 0, write: 1, admin: 2 }

/** Who acts: the holder of the data folder's token, or the person at the terminal. */
export interface Actor {
  readonly id: string
  readonly permission: Permission
  /** What the client they act through calls itself: "cli", "sdk", "vscode". Taken at its word: it gives no rights. */
  readonly client?: string
}

export function permits(actor: Actor, needed: Permission): boolean {
  return ranks[actor.permission] >= ranks[needed]
}
