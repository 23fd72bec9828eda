import type { Finding } from "../finding.ts"

/** What else was found on lines with a secret quotes the line as well: its evidence becomes that of the secret's finding. */
export function secretsHidden(findings: readonly Finding[]): readonly Finding[] {
  const byLine = new Map<string, Finding>()
  for (const finding of findings) {
    if (!finding.rule.startsWith("secrets/")) continue
    for (let line = finding.startLine; line <= finding.endLine; line++) byLine.set(`${finding.path}:${line}`, finding)
  }
  if (byLine.size === 0) return findings
  return findings.map((finding) => {
    const { path, startLine, rule } = finding
    const secret = rule.startsWith("secrets/") ? undefined : byLine.get(`${path}:${startLine}`)
    return secret ? { ...finding, evidence: secret.evidence } : finding
  })
}
