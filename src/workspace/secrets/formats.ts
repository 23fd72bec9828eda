/** A shape of secret. Where the pattern has a group named `secret`, only that part is masked. */
export interface SecretFormat {
  readonly name: string
  /** What every match holds, in any case: text without any of these is not looked at more closely. */
  readonly hints: readonly string[]
  readonly pattern: RegExp
  /** Whether a match of the shape is one indeed. */
  readonly isSecret?: (text: string) => boolean
}

/** Letters that no token is followed or preceded by: what stands between them is a whole word. */
const alone = (source: string) => new RegExp(`(?<![A-Za-z0-9_-])(?:${source})(?![A-Za-z0-9_-])`, "g")

/**
 * Well-known keys, by what their makers say they look like. Only shapes that are hardly anything else are here: a mask in
 * the wrong place takes from the model what it was asked about.
 * Only private keys go over several lines; one that is cut off is masked as far as it goes.
 */
export const secretFormats: readonly SecretFormat[] = [
  {
    name: "private-key",
    hints: ["PRIVATE KEY"],
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{40,12000}?-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\s|\\n)+[A-Za-z0-9+/=]{16,80})+)/g,
  },
  {
    name: "aws-access-key-id",
    hints: ["AKIA", "ASIA", "ABIA", "ACCA"],
    pattern: alone("(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    isSecret: isRandom,
  },
  {
    name: "aws-secret-access-key",
    hints: ["aws_", "awss"],
    pattern:
      /aws_?(?:secret_?(?:access_?)?key|session_?token)["']?[ \t]{0,5}[:=][ \t]{0,5}["']?(?<secret>[A-Za-z0-9/+=]{40,1200})(?![A-Za-z0-9/+=])/gi,
    isSecret: isRandom,
  },
  {
    name: "github-token",
    hints: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
    pattern: alone("gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255}"),
    isSecret: isRandom,
  },
  {
    name: "gitlab-token",
    hints: ["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-"],
    pattern: alone("gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_-]{20,64}"),
    isSecret: isRandom,
  },
  {
    name: "slack-token",
    hints: ["xox", "xapp-"],
    pattern: alone("xox[abeoprs]-[A-Za-z0-9-]{20,255}|xapp-\\d-[A-Za-z0-9-]{20,255}"),
    isSecret: isRandom,
  },
  {
    name: "slack-webhook",
    hints: ["hooks.slack.com"],
    pattern:
      /hooks\.slack\.com\/(?:services|workflows)\/(?<secret>T[A-Z0-9]{6,12}\/[A-Z0-9]{6,14}\/[A-Za-z0-9]{20,40})/g,
  },
  { name: "anthropic-key", hints: ["sk-ant-"], pattern: alone("sk-ant-[A-Za-z0-9_-]{32,255}"), isSecret: isRandom },
  {
    name: "openai-key",
    hints: ["sk-"],
    pattern: alone("sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{32,255}|sk-[A-Za-z0-9]{40,64}"),
    isSecret: isRandom,
  },
  { name: "openrouter-key", hints: ["sk-or-"], pattern: alone("sk-or-v1-[0-9a-f]{64}"), isSecret: isRandom },
  { name: "google-api-key", hints: ["AIza"], pattern: alone("AIza[A-Za-z0-9_-]{35}"), isSecret: isRandom },
  { name: "google-oauth-secret", hints: ["GOCSPX-"], pattern: alone("GOCSPX-[A-Za-z0-9_-]{28}"), isSecret: isRandom },
  {
    name: "provider-key",
    hints: ["gsk_", "xai-", "nvapi-", "pplx-", "fw_", "tgp_v1_"],
    pattern: alone(
      "gsk_[A-Za-z0-9]{40,64}|xai-[A-Za-z0-9]{60,100}|nvapi-[A-Za-z0-9_-]{50,80}|pplx-[A-Za-z0-9]{40,64}|fw_[A-Za-z0-9]{22,40}|tgp_v1_[A-Za-z0-9_-]{40,60}",
    ),
    isSecret: isRandom,
  },
  { name: "huggingface-token", hints: ["hf_"], pattern: alone("hf_[A-Za-z0-9]{30,60}"), isSecret: isRandom },
  { name: "npm-token", hints: ["npm_"], pattern: alone("npm_[A-Za-z0-9]{36}"), isSecret: isRandom },
  { name: "pypi-token", hints: ["pypi-"], pattern: alone("pypi-AgE[A-Za-z0-9_-]{50,400}"), isSecret: isRandom },
  {
    name: "stripe-key",
    hints: ["sk_live", "sk_test", "rk_live", "rk_test", "whsec_"],
    pattern: alone("(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{20,120}|whsec_[A-Za-z0-9+/=]{32,60}"),
    isSecret: isRandom,
  },
  {
    name: "sendgrid-key",
    hints: ["SG."],
    pattern: alone("SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}"),
    isSecret: isRandom,
  },
  { name: "twilio-key", hints: ["SK"], pattern: alone("SK[0-9a-f]{32}"), isSecret: isRandom },
  {
    name: "digitalocean-token",
    hints: ["dop_v1_", "doo_v1_", "dor_v1_"],
    pattern: alone("do[opr]_v1_[0-9a-f]{64}"),
    isSecret: isRandom,
  },
  {
    name: "vault-token",
    hints: ["hvs.", "hvb.", "hvr."],
    pattern: alone("hv[sbr]\\.[A-Za-z0-9_-]{24,300}"),
    isSecret: isRandom,
  },
  {
    name: "age-key",
    hints: ["AGE-SECRET-KEY-"],
    pattern: alone("AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
  },
  { name: "rubberduck-token", hints: ["duck_"], pattern: alone("duck_[A-Za-z0-9_-]{43}"), isSecret: isRandom },
  {
    name: "jwt",
    hints: ["eyJ"],
    pattern: alone("eyJ[A-Za-z0-9_-]{10,4000}\\.eyJ[A-Za-z0-9_-]{10,8000}\\.[A-Za-z0-9_-]{20,1000}"),
  },
  {
    name: "password-in-url",
    hints: ["://"],
    pattern:
      /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>`{}$]{1,100}:(?<secret>[^\s:/@"'<>`{}$]{6,200})@[A-Za-z0-9.-]{3,}/g,
    isSecret: isNoExample,
  },
  {
    name: "bearer-token",
    hints: ["authorization"],
    pattern:
      /\bauthorization["']?[ \t]{0,3}[:=,][ \t]{0,3}["']?(?:bearer|basic|token)[ \t]{1,3}(?<secret>[A-Za-z0-9._~+/=-]{24,4000})/gi,
    isSecret: isRandom,
  },
]

/**
 * Made by chance, as far as one can see: several kinds of signs, and not one of them over and over as in `sk-xxxx` and
 * other examples. Shannon's entropy of the signs, in bits.
 */
export function isRandom(text: string): boolean {
  const body = text.replace(/^[A-Za-z]{2,10}[-_]/, "")
  const counts = new Map<string, number>()
  for (const sign of body) counts.set(sign, (counts.get(sign) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / body.length) * Math.log2(count / body.length)
  const isRun = /(.)\1{7}|abcdefgh|01234567(?!8?[^9])|12345678|example|your|placeholder|redacted|dummy|changeme/i.test(
    body,
  )
  const isMixed = (/\d/.test(body) && /[A-Za-z]/.test(body)) || (/[a-z]/.test(body) && /[A-Z]/.test(body))
  return bits >= 2.9 && isMixed && !isRun
}

function isNoExample(text: string): boolean {
  return !/^(pass(word|wd|phrase)?|pw|secret|token|example|changeme|test(ing)?|user(name)?|x+|\*+|\.+|root|admin|postgres|guest)\d{0,3}$/i.test(
    text,
  )
}
