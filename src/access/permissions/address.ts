import { BlockList, isIP } from "node:net"

/** Of the IANA registries of special-purpose addresses: what is not reachable from everywhere. */
const special4 = (
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
  "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
).split(" ")
/** Within 2000::/3, the only block that is handed out; 2002::/16 and 2001::/32 hold IPv4 addresses of anyone's choice. */
const special6 = "2001::/23 2001:db8::/32 2002::/16 3fff::/20".split(" ")

const closed4 = listOf(special4)
const closed6 = listOf(special6)
const global6 = listOf(["2000::/3"])
/** IPv4 addresses in the form of IPv6: mapped, and behind a translator. */
const embedded = listOf(["::ffff:0:0/96", "64:ff9b::/96"])
const loopback = listOf(["127.0.0.0/8", "::1/128"])

/** Whether an IP address is one of the public internet: not of this computer, its network, a link, a group or a test. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !closed4.check(address, "ipv4")
  if (family !== 6) return false
  if (embedded.check(address, "ipv6")) return isPublicAddress(lastFour(address))
  return global6.check(address, "ipv6") && !closed6.check(address, "ipv6")
}

/** Whether a host of a URL is, by its very name, this computer or an address that is not public. */
export const isPrivateHost = (host: string): boolean =>
  isLocalhost(host) || (isIP(bare(host)) !== 0 && !isPublicAddress(bare(host)))

/** Names that mean this computer wherever they are asked for (RFC 6761). */
export const isLocalhost = (host: string): boolean => /^(.*\.)?localhost\.?$/i.test(host)

export const isLoopback = (address: string): boolean => isWithin(loopback, address)

/** Whether an address lies in a block such as `10.0.0.0/8`; false where either is malformed. */
export function isInBlock(block: string, host: string): boolean {
  const [network = "", bits = ""] = block.split("/")
  const family = isIP(network)
  const isBlock = family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
  return isBlock && isWithin(listOf([block]), bare(host))
}

/** A host of a URL without the brackets that IPv6 addresses stand in there. */
export const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1")

function isWithin(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6")
}

function listOf(blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [network = "", bits = ""] = block.split("/")
    list.addSubnet(network, Number(bits), isIP(network) === 4 ? "ipv4" : "ipv6")
  }
  return list
}

/** The IPv4 address in the last 32 bits of an IPv6 address. */
function lastFour(address: string): string {
  const plain = address.split("%", 1)[0] ?? ""
  if (plain.includes(".")) return plain.slice(plain.lastIndexOf(":") + 1)
  // A URL writes it in its one shortest form, in which the last two groups are hexadecimal.
  const groups = new URL(`http://[${plain}]/`).hostname.slice(1, -1).split(":")
  const [high = "0", low = "0"] = groups.slice(-2)
  const bytes = [high, low].flatMap((group) => {
    const value = Number.parseInt(group || "0", 16)
    return [value >> 8, value & 0xff]
  })
  return bytes.join(".")
}
