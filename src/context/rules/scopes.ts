/** What a rule can be for. */
export const scopes = ["project", "folder", "file", "language", "framework", "task"] as const
