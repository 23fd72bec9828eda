import { hash } from "node:crypto"

/**
 * Whether a rule that is rolled out to so many percent holds for a user in a project. The same three give the same answer,
 * always: nobody is in today and out tomorrow, and whoever is in at 10 % is in at 20 %.
 */
export function isRolledOut(
  percent: number,
  { user, project, rule }: Readonly<Record<"user" | "project" | "rule", string>>,
): boolean {
  if (percent >= 100) return true
  if (percent <= 0) return false
  const first = Number.parseInt(hash("sha256", [user, project, rule].join("\0"), "hex").slice(0, 8), 16)
  return (first / 2 ** 32) * 100 < percent
}
