import { BlockList, isIP, isIPv4 } from 'node:net'

/** Where an address leads. `forbidden` ones are never connected to, whatever the configuration says. */
export type AddressKind = 'public' | 'private' | 'forbidden'

// IANA's special-purpose registries (RFC 6890 and its updates). Link-local ranges hold the clouds' metadata services.
const forbidden = list([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // AWS answers metadata here too (instance metadata over IPv6).
  ['fd00:ec2::', 32],
])
const nonPublic = list([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['::1', 128],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['fc00::', 7],
])

/** Sorts an IP address; IPv4 inside IPv6 (mapped, NAT64, 6to4) counts as the IPv4 address that it leads to. */
export function addressKind(address: string): AddressKind {
  if (isIP(address) === 0) return 'forbidden'
  const inner = embedded(address) ?? address
  const family = isIPv4(inner) ? 'ipv4' : 'ipv6'
  if (forbidden.check(inner, family)) return 'forbidden'
  return nonPublic.check(inner, family) ? 'private' : 'public'
}

function embedded(address: string): string | undefined {
  if (isIPv4(address)) return undefined
  const groups = expand(address)
  if (groups === undefined) return undefined
  const [a = 0, b = 0, c = 0, , , f = 0, g = 0, h = 0] = groups
  const dotted = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  const zeros = (from: number, to: number): boolean => groups.slice(from, to).every((group) => group === 0)
  if (zeros(0, 5) && (f === 0xffff || (f === 0 && (g !== 0 || h > 1)))) return dotted(g, h)
  if (a === 0x64 && b === 0xff9b && zeros(2, 6)) return dotted(g, h)
  if (a === 0x2002) return dotted(b, c)
  return undefined
}

/** The eight groups of an IPv6 address; a zone is cut off. */
function expand(address: string): readonly number[] | undefined {
  let text = address.replace(/%.*$/, '')
  const tail = /^(?<head>.*:)(?<a>\d+)\.(?<b>\d+)\.(?<c>\d+)\.(?<d>\d+)$/.exec(text)?.groups
  if (tail !== undefined) {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((key) => Number(tail[key]))
    text = `${tail['head'] ?? ''}${(((a ?? 0) << 8) | (b ?? 0)).toString(16)}:${(((c ?? 0) << 8) | (d ?? 0)).toString(16)}`
  }
  const [left = '', right] = text.split('::')
  const head = left === '' ? [] : left.split(':')
  const rest = right === undefined || right === '' ? [] : right.split(':')
  const missing = 8 - head.length - rest.length
  if (missing < 0) return undefined
  return [...head, ...Array<string>(right === undefined ? 0 : missing).fill('0'), ...rest].map((group) =>
    Number.parseInt(group, 16),
  )
}

function list(ranges: readonly (readonly [string, number])[]): BlockList {
  const blocks = new BlockList()
  for (const [network, prefix] of ranges) blocks.addSubnet(network, prefix, isIPv4(network) ? 'ipv4' : 'ipv6')
  return blocks
}
