/** Whether an address is on this machine or a private network: what is sent there leaves for no vendor. */
export function isLocalAddress(address: string): boolean {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, "")
  if (host.includes(":")) return host === "::1" || /^f[cd]|^fe[89ab]/i.test(host)
  if (/^\d+(\.\d+){3}$/.test(host)) {
    return /^(127|10)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^0\.0\.0\.0$/.test(host)
  }
  // A name without a dot is one of the local network or of a compose file.
  return !host.includes(".") || /\.(local|localhost|internal|lan|home\.arpa)$/.test(host)
}
