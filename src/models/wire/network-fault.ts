import { systemCode } from "../../base/errors.ts"
import type { ProviderKind } from "../model.ts"
import type { Redact } from "./redact.ts"

interface Unreachable {
  readonly code: string | undefined
  readonly why: string
  readonly hint: string
}

/** undici wraps what the socket said; a connection to a name with several addresses fails with all of them. */
function codeOf(error: Error): string | undefined {
  const code = systemCode(error)
  if (code !== undefined && code !== "UND_ERR_SOCKET") return code
  if (error.cause instanceof Error) return codeOf(error.cause) ?? code
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0])
  return code
}

/** Why no answer came, as far as the error says, and what to do about it. `why` is not redacted. */
export function unreachable(error: Error, kind: ProviderKind, address: string): Unreachable {
  const code = codeOf(error)
  if (error.name === "HTTPParserError") {
    return { code, why: "what answers there is no HTTP server", hint: "Check the host and port of the provider's url." }
  }
  const server =
    kind === "ollama" ? "Ollama (`ollama serve`)" : kind === "lmstudio" ? "LM Studio's server" : "the server"
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        code,
        why: `the name can't be resolved (${code})`,
        hint: "Check the url for a wrong letter, and this machine's network and name server.",
      }
    case "ECONNREFUSED":
      return {
        code,
        why: "nothing listens there (ECONNREFUSED)",
        hint: `Start ${server}, or correct the provider's url.`,
      }
    case "ECONNRESET":
    case "EPIPE":
    case "UND_ERR_SOCKET":
      return {
        code,
        why: `the connection was closed before an answer came (${code})`,
        hint: "Ask again; if it comes back, look at the server's log or at a proxy between.",
      }
    case "UND_ERR_CONNECT_TIMEOUT":
    case "ETIMEDOUT":
      return {
        code,
        why: `no connection within ten seconds (${code})`,
        hint: "Check the url, the network and the firewalls between.",
      }
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { code, why: `there is no way to that network (${code})`, hint: "Check this machine's network." }
    case "UND_ERR_CLOSED":
    case "UND_ERR_DESTROYED":
      return {
        code,
        why: "it has just been disconnected",
        hint: "Ask again: the next call uses the new configuration.",
      }
    case "UND_ERR_PRX_CONN":
    case "UND_ERR_PRX_TLS":
      return {
        code,
        why: `the proxy does not let it through (${code})`,
        hint: "Check HTTPS_PROXY, and name what needs no proxy in NO_PROXY.",
      }
    default:
  }
  if (code !== undefined && /CERT|SIGNATURE|SELF_SIGNED|ISSUER|^ERR_TLS|^CRL/.test(code)) {
    return {
      code,
      why: `its TLS certificate is not accepted (${code})`,
      hint: "Give the server a certificate that fits its name, or name your authority's file in NODE_EXTRA_CA_CERTS.",
    }
  }
  if (code !== undefined && /^(ERR_SSL|EPROTO)/.test(code)) {
    return {
      code,
      why: `TLS fails (${code})`,
      hint: `Check whether ${address} should begin with http: instead of https:.`,
    }
  }
  return { code, why: error.message, hint: "Check the provider's url and this machine's network." }
}

/** The error below without anything that could carry a header: only its name, code and redacted words. */
export function cleanCause(error: Error, redact: Redact): Error {
  const clean = new Error(redact(error.message))
  clean.name = error.name
  return Object.assign(clean, { code: codeOf(error) })
}
